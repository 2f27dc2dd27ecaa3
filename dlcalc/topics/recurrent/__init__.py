"""Recurrent networks."""

ORDER = 7
