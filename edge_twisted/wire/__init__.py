"""Talks: everything that touches a socket."""
