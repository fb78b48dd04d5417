"""What to run: single faults, shrinking, blame."""
