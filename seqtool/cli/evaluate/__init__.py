"""seqtool evaluate: command.py (the group), one file a task; run.py is shared."""
