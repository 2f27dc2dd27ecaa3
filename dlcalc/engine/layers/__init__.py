"""The layers, each with its derivative."""
