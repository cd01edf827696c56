"""What the program brings along: icons, fonts, presets, trained models, targets and the guide."""

from pathlib import Path

ROOT = Path(__file__).parent
"""Folder of the shipped files; read only."""
