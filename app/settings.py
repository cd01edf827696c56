"""What the program remembers between starts: a JSON file that may be old, odd or broken.

A settings file must never stop the start: unknown keys are ignored, values of the wrong type take
their defaults, an unwritable folder is logged.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from engine.core.errors import UserError
from engine.core.files import read_regular, write_atomically

__all__ = ["RECENT_MOST", "Settings", "load", "save"]

RECENT_MOST = 12
_LIMIT = 2**20
logger = logging.getLogger(__name__)


@dataclass
class Settings:
    """The user's choices.

    Attributes
    ----------
    theme : "dark", "light" or "system"
    device : "auto", "cpu" or "cuda"
    threads : int
        0 for all cores.
    recent : list of str
        Paths opened or saved last, the newest first.
    folder : str
        Where file dialogs begin.
    geometry, layout : str
        Qt's window state, base64, with `layout_version`.
    hint_done : bool
        Whether the first stroke was made, after which the hint is gone.
    """

    theme: str = "dark"
    device: str = "auto"
    threads: int = 0
    recent: list[str] = field(default_factory=list)
    folder: str = ""
    geometry: str = ""
    layout: str = ""
    layout_version: int = 0
    hint_done: bool = False

    def remember(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        text = str(path.absolute())
        self.recent = [text, *(entry for entry in self.recent if entry != text)][:RECENT_MOST]
        self.folder = str(path.absolute().parent)


def load(path: Path) -> Settings:
    """Read settings; anything that cannot be used takes its default."""
    settings = Settings()
    try:
        if not path.exists():
            return settings
        content = json.loads(read_regular(path, limit=_LIMIT))
    except (UserError, OSError, ValueError, RecursionError) as error:
        logger.warning("settings were not read: %s", error)
        return settings
    if not isinstance(content, dict):
        return settings
    for entry in fields(Settings):
        value = content.get(entry.name)
        if _fits(entry.name, value, getattr(settings, entry.name)):
            setattr(settings, entry.name, value)
    settings.recent = [text for text in settings.recent if _is_path(text)][:RECENT_MOST]
    settings.folder = settings.folder if _is_path(settings.folder) else ""
    return settings


_CHOICES = {"theme": ("dark", "light", "system"), "device": ("auto", "cpu", "cuda")}


def _fits(name: str, value: Any, default: Any) -> bool:
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name == "threads" and isinstance(value, int) and value < 0:
        return False
    if isinstance(default, list):
        return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    return isinstance(value, type(default))


def _is_path(text: str) -> bool:
    """Tell whether a text could name a file at all: JSON holds more than file systems do."""
    try:
        return bool(text) and b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def save(settings: Settings, path: Path) -> None:
    """Write settings; where that is not possible, log it and go on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(asdict(settings), indent=1).encode())
    except (UserError, OSError) as error:
        logger.warning("settings were not saved: %s", error)
