"""Where the program keeps settings, data and logs: the platform's own folders."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = [
    "autosave_folder",
    "data_folder",
    "log_folder",
    "plugin_folder",
    "presets_folder",
    "settings_file",
]

NAME = "primordia"


def _home() -> Path | None:
    """``PRIMORDIA_HOME`` moves everything elsewhere."""
    home = os.environ.get("PRIMORDIA_HOME")
    return Path(home) if home else None


def settings_file() -> Path:
    """Path of the settings."""
    folder = _home() or platformdirs.user_config_path(NAME, appauthor=False)
    return folder / "settings.json"


def data_folder() -> Path:
    """Folder of what the user made and the program keeps: presets, results, autosaved sessions."""
    return _home() or platformdirs.user_data_path(NAME, appauthor=False)


def autosave_folder() -> Path:
    """Folder in which every running program has one of its own for its autosaved sessions."""
    return data_folder() / "autosave"


def presets_folder() -> Path:
    """Folder of the user's own presets."""
    return data_folder() / "presets"


def plugin_folder(chosen: str = "") -> Path:
    """Folder of the user's own systems; `chosen` is what the settings say."""
    return Path(chosen) if chosen else data_folder() / "plugins"


def log_folder() -> Path:
    """Folder of the rotating log."""
    home = _home()
    return home / "log" if home else platformdirs.user_log_path(NAME, appauthor=False)
