"""What did they say? Surveys, the answers to them, and everything else customers say or others notice."""
