"""Processors wrong on purpose, one change each, kept to prove that a rule can fail."""
