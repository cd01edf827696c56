"""The gallery: presets that are shipped and the user's own, to find, to open and to drag."""
