"""seqtool evaluate: command.py (the group and the classifier), tag.py, vectors.py."""
