"""Reports: they read the report log and know nothing else."""
