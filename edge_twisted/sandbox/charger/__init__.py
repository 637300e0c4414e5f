"""Simulated chargers."""
