"""What at least two chapters stand on: actor, keys, problems, session, events, machines, reads."""
