"""Tests of `edge_twisted.desk.desk`."""
