"""Passages of a derivation that several topics write alike, each with the pen of ``work``."""
