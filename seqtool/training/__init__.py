"""Training: rows and a recipe in, a complete model folder out. The only part that knows torch.

Read in this order: ``recipe`` (what can be said), ``data`` (rows, splits, checks), ``batches``,
``schedule``, ``losses``, ``loop`` (one generator for all tasks), ``checkpoint``, ``classify`` (the task).
"""
