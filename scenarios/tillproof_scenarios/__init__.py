"""The journeys: one short file each, by theme."""
