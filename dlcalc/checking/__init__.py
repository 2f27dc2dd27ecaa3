"""Marking a student's answers: right, rounded, convention, carried, wrong (and by which slip)."""

from dlcalc.checking.marking import Marker

__all__ = ["Marker"]
