"""Decides: pure values and state machines, with no I/O, clock or randomness of its own."""
