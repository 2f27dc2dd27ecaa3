"""Sizes and parameters."""

ORDER = 5
