"""Tests of `edge_twisted.sandbox.demo`."""
