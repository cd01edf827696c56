"""The picture in the middle of the window, one kind of view per file, and the chrome on it."""
