"""Speaks: the catalogues that turn codes into sentences."""
