"""Tests of `edge_twisted.pages`."""
