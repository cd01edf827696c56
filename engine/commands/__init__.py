"""Verbs of the command line that belong to one system; found by entry points."""
