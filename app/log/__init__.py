"""The log as the window shows it."""
