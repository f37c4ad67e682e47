"""Does the planner answer what GraphQL itself would answer? A plain executor, and operations for both.

Nothing here uses what composes statements in `schema.planner`: the reference reads one obvious query for each
declared expression or edge, keeps the result, and leaves the rest to graphql-core and plain Python.
"""
