"""Pictures, videos and tables: read safely, written whole."""
