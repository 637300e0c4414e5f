"""The world around Edge, to try it out: a stand-in for the operator's central system, and simulated chargers.

It shares no code with Edge's own ends of the wire, so that the two ends do not merely agree with each other.
"""
