"""The docks around the picture, one file each."""
