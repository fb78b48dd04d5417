"""One run's world: driver, clock, ids, ports that cross points, and the client that journeys act through."""
