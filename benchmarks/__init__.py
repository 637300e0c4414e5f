"""How fast Edge is, measured beside nginx, HAProxy and three plain relays: `make bench`, `make profile`."""
