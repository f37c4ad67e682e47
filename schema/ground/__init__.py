"""What the GraphQL side of at least two chapters stands on."""
