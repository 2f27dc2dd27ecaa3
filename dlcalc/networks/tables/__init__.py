"""Printed summaries: read as networks, and checked against their own arithmetic."""
