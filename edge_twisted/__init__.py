"""Edge: an on-site proxy that makes OCPP 1.6 JSON connections of electric-vehicle chargers secure."""

__version__ = "0.1.0"
