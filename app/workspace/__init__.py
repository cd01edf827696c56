"""The middle of the window: worlds as tabs in cells, and cells beside each other."""
