"""The soup laboratory: programs that run on each other's bytes (arXiv 2406.19108)."""
