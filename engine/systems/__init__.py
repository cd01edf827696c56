"""The systems, one file each; no system knows another."""
