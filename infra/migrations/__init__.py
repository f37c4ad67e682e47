"""How does the database's schema change over time? One file per step in `versions`, run by `steps`."""
