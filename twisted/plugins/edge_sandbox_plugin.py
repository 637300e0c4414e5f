"""Tells `twistd` that there is an `edgesandbox`; it imports nothing of it until it is asked to run it."""

from twisted.application.service import ServiceMaker

edgesandbox = ServiceMaker(
    "Edge's sandbox",
    "edge_twisted.sandbox.tap",
    "A stand-in central system with its charger dashboard, and simulated chargers, to try Edge out.",
    "edgesandbox",
)
