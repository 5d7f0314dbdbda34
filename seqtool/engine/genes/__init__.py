"""Genes in DNA: kmers.py (letters as numbers), chains.py (what letters say of their class), tagger.py (regions of a sequence)."""
