"""Train a tagger of genes: data.py, grammar.py and chains.py (what is counted), field.py (the paths), batches.py, training.py."""
