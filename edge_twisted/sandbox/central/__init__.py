"""A stand-in for the operator's central system."""
