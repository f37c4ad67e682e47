"""How fast is the service, beside hand-written SQL and beside its peers? `make bench`, `make bench-peers`."""
