"""Where a run can go wrong, what goes wrong there, and a run's plan of both as text that round-trips."""
