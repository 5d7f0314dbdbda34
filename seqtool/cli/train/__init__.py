"""seqtool train: command.py (the group), one file a task; options.py, run.py and show.py are shared."""
