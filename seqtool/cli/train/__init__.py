"""seqtool train: command.py (the group and the classifier), tag.py, vectors.py, tokenizer.py; run.py and stages.py are shared."""
