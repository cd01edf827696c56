"""Sessions: all that is open, in one file; saved by itself, and found again after a crash."""
