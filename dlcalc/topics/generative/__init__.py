"""Generative models."""

ORDER = 8
