"""Train word vectors: recipe.py, training.py and card.py first; then runs.py, joining.py, swivel.py, rare_words.py,
spelling.py, word_files.py."""
