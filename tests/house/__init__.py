"""Is the house kept in order? The rules of style, each kept by a machine."""
