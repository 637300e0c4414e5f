"""Tests of `edge_twisted.sandbox.charger`."""
