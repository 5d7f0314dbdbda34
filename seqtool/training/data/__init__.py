"""Rows and texts of any training: rows.py (labelled texts), corpus.py (plain text)."""
