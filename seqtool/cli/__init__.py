"""The command line: one small file per subcommand, options in, one call, records out."""
