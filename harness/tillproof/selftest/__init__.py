"""tillproof tried on itself: wrong backends and processors that every rule must catch, and honest ones that break none."""
