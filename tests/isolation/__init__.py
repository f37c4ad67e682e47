"""Does any tenant ever notice another? Random operations, asked beside other tenants and alone."""
