"""Vouches: the certificates of the box, and who the central system is."""
