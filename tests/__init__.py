"""Does the product do what it says? Facts as names, a real PostgreSQL, exact values."""
