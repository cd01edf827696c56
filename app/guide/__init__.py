"""The guide: the Markdown of `resources/guide`, with an index and a search, inside the window."""
