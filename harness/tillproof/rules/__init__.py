"""What tillproof holds a processor or a backend to: one file per family, and the registry."""
