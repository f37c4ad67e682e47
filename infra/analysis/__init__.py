"""Which analyses need heavy libraries? These modules; only `infra.analyses` loads them, and by name."""
