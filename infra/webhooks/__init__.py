"""How do messages leave, and reports come in? The outside of webhooks."""
