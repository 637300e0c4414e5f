"""Tests of `edge_twisted.ctl.main`."""
