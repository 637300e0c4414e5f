"""Tests of `edge_twisted.sandbox.dashboard`."""
