"""Where the program keeps settings and logs: the platform's own folders."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["log_folder", "settings_file"]

NAME = "primordia"


def settings_file() -> Path:
    """Path of the settings; ``PRIMORDIA_HOME`` moves everything elsewhere."""
    home = os.environ.get("PRIMORDIA_HOME")
    folder = Path(home) if home else platformdirs.user_config_path(NAME, appauthor=False)
    return folder / "settings.json"


def log_folder() -> Path:
    """Folder of the rotating log."""
    home = os.environ.get("PRIMORDIA_HOME")
    return Path(home) / "log" if home else platformdirs.user_log_path(NAME, appauthor=False)
