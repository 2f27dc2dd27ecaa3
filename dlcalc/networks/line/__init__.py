"""The spec line: its words, its paths, and a network written back as a line."""
