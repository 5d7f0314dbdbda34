"""Training: rows and a recipe in, a complete model folder out. The only part that knows torch.

Read in this order: ``recipe`` (what can be said), ``plans`` (batches), ``schedule``, ``loop`` (one generator
for all tasks), ``checkpoint``, ``run`` (what every training shares); then a task's folder.
"""
