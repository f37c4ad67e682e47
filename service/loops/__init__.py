"""Is it closed? Recoveries, follow-ups, feedback loops and huddles."""
