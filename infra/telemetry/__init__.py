"""What does a running service tell of itself? Spans, metrics, log lines; `names.py` is their closed list."""
