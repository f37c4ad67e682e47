"""Does the service work behind PgBouncer, which lends connections for a transaction at a time?"""
