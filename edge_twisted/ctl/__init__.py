"""The `edgectl` command: a client of the API over the control socket."""
