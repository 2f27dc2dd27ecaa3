"""Optimisation."""

ORDER = 3
