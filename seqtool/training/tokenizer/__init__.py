"""Train a subword vocabulary: pieces.py (sentencepiece's trainer), training.py (the folder)."""
