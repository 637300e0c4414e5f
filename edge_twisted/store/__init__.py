"""Remembers: what was learned and entered, sealed on disk."""
