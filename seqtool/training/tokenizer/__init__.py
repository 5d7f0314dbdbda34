"""Train a subword vocabulary: recipe.py, training.py (the folder), card.py; pieces.py (sentencepiece's trainer)."""
