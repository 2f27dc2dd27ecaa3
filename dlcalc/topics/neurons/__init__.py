"""Neurons."""

ORDER = 6
