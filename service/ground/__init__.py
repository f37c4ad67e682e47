"""What at least two chapters stand on: actor, clock, keys, problems, session, events, machines, read declarations."""
