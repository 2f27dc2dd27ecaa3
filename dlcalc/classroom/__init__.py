"""Marks the answers of a whole class: a table of students in, points and slips out."""
