"""Gradients compared with central differences."""
