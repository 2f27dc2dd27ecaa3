"""A graph of layers, ready to run."""
