"""Train a tagger: recipe.py, data.py, batches.py, lexicon.py, training.py, card.py."""
