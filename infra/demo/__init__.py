"""What does the product look like with real customers in it? Two tenants, made from public data.

`airport` holds 28,665 passenger interviews, `servicedesk` 24,918 incidents with every step of their history.
The readers here only produce rows in the shape of the public GraphQL inputs; loading them is a client's work.
"""
