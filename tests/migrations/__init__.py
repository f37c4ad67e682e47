"""Can the schema be changed while the service is used? Linted, and run on a loaded database under traffic."""
