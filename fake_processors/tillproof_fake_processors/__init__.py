"""Gateways and processors that fail on purpose, and the liars kept to prove that a rule can fail."""
