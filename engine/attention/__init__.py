"""Transformers small enough to look into: layers, tasks, constructions and measures."""
