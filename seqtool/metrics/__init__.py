"""Scores, in plain Python and numpy."""
