"""Relays that do nothing but relay, for comparison."""
