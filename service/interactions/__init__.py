"""What did customers get in touch about? Matters with their ledgers, contact reasons, teams."""
