"""Train a translator: recipe.py, data.py (pairs read and split), cleaning.py (which pairs are kept, and why)."""
