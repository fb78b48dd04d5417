"""How a target is loaded and run: built in, or a processor of somebody else's in a worker process."""
