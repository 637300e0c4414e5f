"""Edge at work in a terminal, with a central system and chargers of its own: `python -m edge_twisted.sandbox.demo`."""
