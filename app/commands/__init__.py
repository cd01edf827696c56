"""The verbs of the command line, one per file; none but ``gui`` imports Qt."""
