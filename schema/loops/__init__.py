"""How closing the loop looks to a client."""
