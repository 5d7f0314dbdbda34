"""Train a classifier: training.py first; then losses.py, linear.py and bag_of_ngrams.py beside the network,
start_vectors.py, card.py."""
