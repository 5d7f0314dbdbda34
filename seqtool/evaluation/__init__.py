"""How good a model is, without torch: labels.py (classify), tags.py (tag), word_vectors.py (analogies and similarities)."""
