"""What it shows: the GraphQL types, and the planner that turns one operation into one SQL statement."""
