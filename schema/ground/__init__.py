"""What the GraphQL side of at least two chapters stands on: fields, connections, ids, scalars, payloads, context."""
