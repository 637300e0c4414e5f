"""Tells `twistd` that there is an `edgeproxy`; it imports nothing of it until it is asked to run it."""

from twisted.application.service import ServiceMaker

edgeproxy = ServiceMaker(
    "Edge",
    "edge_twisted.tap",
    "Makes the OCPP connections between the chargers of a site and their central system secure.",
    "edgeproxy",
)
