"""Stores for the reference backend; one contract, several implementations."""
