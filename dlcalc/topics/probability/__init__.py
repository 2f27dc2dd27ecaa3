"""Probability."""

ORDER = 2
