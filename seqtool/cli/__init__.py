"""The command line: one small file per subcommand, options in, one call, records out.

Read ``main`` (the table of commands), ``options``, ``line_command`` (read, answer, write), then a command.
"""
