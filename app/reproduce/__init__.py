"""Published figures as checks that the window runs, one at a time, and remembers."""
