"""Train word vectors: training.py first; then swivel.py, rare_words.py, spelling.py, word_files.py."""
