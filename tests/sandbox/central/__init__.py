"""Tests of `edge_twisted.sandbox.central`."""
