"""Starts dlcalc from the command line."""

from __future__ import annotations

from dlcalc.cli.app import main

if __name__ == "__main__":
    main()

__all__ = ["main"]
