"""Python code read as text: a bounded interpreter of straight-line code, which frameworks hang in by hooks."""
