"""Models made from the description of a network."""
