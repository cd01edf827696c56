"""What the program remembers between starts: a JSON file that may be old, odd or broken.

A settings file must never stop the start: values of the wrong type take their defaults, an
unwritable folder is logged. Keys that this version does not know stay in the file, so that a newer
one finds its own again; of two programs that run at once, each writes only what it changed.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from engine.core.errors import UserError
from engine.core.files import read_regular, write_atomically

__all__ = ["RECENT_MOST", "SECTIONS", "Row", "Settings", "fits", "load", "reset", "rows", "save"]

RECENT_MOST = 12
"""Entries of a list of what was used last."""

SECTIONS = ("Looks", "Computing", "Sessions", "Files", "Log")
"""Parts of the settings page, from top to bottom."""

When = Literal["now", "next world", "next start"]

_LIMIT = 2**23
_LONGEST = 10_000  # entries of a list or a table, each
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """What the settings page shows of one choice.

    Attributes
    ----------
    section : str
        One of `SECTIONS`.
    title, help, unit : str
        In the user's words.
    when : "now", "next world" or "next start"
        From when on a change counts.
    choices : tuple of (value, str)
        What may be chosen, and its words; empty for numbers, texts and switches.
    low, high : float, optional
        Range of a number, both ends included.
    kind : "" or "folder"
        A text that names a folder; "" is the program's own.
    zero : str
        What 0 means, where it is no amount.
    """

    section: str
    title: str
    help: str
    unit: str = ""
    when: When = "now"
    choices: tuple[tuple[Any, str], ...] = ()
    low: float | None = None
    high: float | None = None
    kind: Literal["", "folder"] = ""
    zero: str = ""


def _shown(default: Any, section: str, title: str, help: str, **more: Any) -> Any:
    """Declare a choice that has a row on the settings page."""
    return field(default=default, metadata={"row": Row(section, title, help, **more)})


_THEMES = (("dark", "Dark"), ("light", "Light"), ("system", "As the system"))
_DEVICES = (("auto", "Automatic"), ("cpu", "Processor"), ("cuda", "Graphics card (CUDA)"))
_SCALES = ((1.0, "100 %"), (1.25, "125 %"), (1.5, "150 %"), (1.75, "175 %"), (2.0, "200 %"))
_LEVELS = (("debug", "Everything"), ("info", "Normal"), ("warning", "Only warnings"))


@dataclass
class Settings:
    """The user's choices.

    Those with a row are on the settings page and explain themselves. The others:

    Attributes
    ----------
    recent, recent_sessions : list of str
        Paths opened or saved last, the newest first.
    recent_presets : list of str
        "SLUG/PRESET" or "user:NAME", opened last.
    recent_deeds : list of str
        Ids of what was chosen last in the palette.
    favourites : list of str
        Presets with a star, written like `recent_presets`.
    folder : str
        Where file dialogs begin.
    geometry, layout : str
        Qt's window state, base64, with `layout_version`.
    layouts : dict
        Named layouts: what `Docks` wrote of each.
    shortcuts : dict of str to list of str
        Keys that the user changed, by the id of the action.
    hint_done, tour_done : bool
        Whether the first stroke was made, after which the hint is gone; whether the tour was seen.
    unfinished : list of str
        Films under way, which a crash leaves as parts.
    film : dict
        What was chosen last in the recording dialog.
    limits_locked : dict
        Limits of colour maps that the user holds fast.
    notices_seen : dict
        Notices that are not shown again.
    """

    theme: str = _shown("dark", "Looks", "Theme", "Colours of the window.", choices=_THEMES)
    scale: float = _shown(
        1.0,
        "Looks",
        "Size of text and buttons",
        "On top of the size that the system asks for.",
        when="next start",
        choices=_SCALES,
    )
    device: str = _shown(
        "auto",
        "Computing",
        "Device",
        "What computes new worlds. Automatic takes a graphics card where it pays.",
        when="next world",
        choices=_DEVICES,
    )
    threads: int = _shown(
        0,
        "Computing",
        "Processor threads",
        "How many threads all worlds together may use.",
        low=0,
        high=256,
        zero="All cores",
    )
    history_mb: int = _shown(
        512,
        "Computing",
        "Memory for the past",
        "For going back in time, undo and bookmarks, over all open worlds together.",
        unit="MB",
        low=16,
        high=65536,
    )
    autosave_minutes: int = _shown(
        2,
        "Sessions",
        "Save by itself every",
        "If something changed. Three copies are kept in turn and offered after a crash.",
        unit="min",
        low=0,
        high=1440,
        zero="Never",
    )
    autosave_training_minutes: int = _shown(
        10,
        "Sessions",
        "Save training by itself every",
        "The state of training is large, so it is kept less often.",
        unit="min",
        low=0,
        high=1440,
        zero="Never",
    )
    session_folder: str = _shown(
        "",
        "Files",
        "Sessions",
        "Where saved sessions are looked for first.",
        kind="folder",
    )
    plugin_folder: str = _shown(
        "",
        "Files",
        "Plugins",
        "Files of systems of your own. None runs before you allow it.",
        kind="folder",
    )
    log_level: str = _shown(
        "info", "Log", "What the log keeps", "In the log file and its panel.", choices=_LEVELS
    )
    recent: list[str] = field(default_factory=list)
    recent_sessions: list[str] = field(default_factory=list)
    recent_presets: list[str] = field(default_factory=list)
    recent_deeds: list[str] = field(default_factory=list)
    favourites: list[str] = field(default_factory=list)
    folder: str = ""
    geometry: str = ""
    layout: str = ""
    layout_version: int = 0
    layouts: dict[str, Any] = field(default_factory=dict)
    shortcuts: dict[str, Any] = field(default_factory=dict)
    hint_done: bool = False
    tour_done: bool = False
    unfinished: list[str] = field(default_factory=list)
    film: dict[str, Any] = field(default_factory=dict)
    limits_locked: dict[str, Any] = field(default_factory=dict)
    notices_seen: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # What the file said when it was read: only what differs from it is written.
        self._read: dict[str, Any] | None = None

    def remember(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        self.recent = _first(path, self.recent)
        self.folder = str(path.absolute().parent)

    def remember_session(self, path: Path) -> None:
        """Put a session at the head of the recent ones."""
        self.recent_sessions = _first(path, self.recent_sessions)
        self.folder = str(path.absolute().parent)

    def keep_read(self) -> None:
        """Note that the file says now what we say."""
        self._read = asdict(self)  # copies the lists and tables, too

    def changed(self) -> dict[str, Any]:
        """Return what differs from the file as it was read; everything, if none was."""
        now = asdict(self)
        if self._read is None:
            return now
        return {name: value for name, value in now.items() if self._read.get(name) != value}


def rows() -> dict[str, Row]:
    """Return what the settings page shows, by the name of the field, in its order."""
    found = {e.name: e.metadata["row"] for e in fields(Settings) if "row" in e.metadata}
    return dict(sorted(found.items(), key=lambda item: SECTIONS.index(item[1].section)))


def load(path: Path) -> Settings:
    """Read settings; anything that cannot be used takes its default."""
    settings = Settings()
    content = _content(path)
    for entry in fields(Settings):
        if entry.name not in content:
            continue
        value, default = content[entry.name], getattr(settings, entry.name)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if fits(entry.metadata.get("row"), value, default):
            setattr(settings, entry.name, value)
    settings.recent = _paths(settings.recent)[:RECENT_MOST]
    settings.recent_sessions = _paths(settings.recent_sessions)[:RECENT_MOST]
    settings.unfinished = _paths(settings.unfinished)
    for name in ("folder", "session_folder", "plugin_folder"):
        if not _is_path(getattr(settings, name)):
            setattr(settings, name, "")
    settings.keep_read()
    return settings


def save(settings: Settings, path: Path) -> str:
    """Write settings; where that is not possible, log it and go on.

    Returns
    -------
    str
        Why it was not possible, "" where it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        there = _content(path)
        if not there and path.is_file() and path.stat().st_size:
            # Somebody's own work with a slip in it is not thrown away.
            path.replace(path.with_suffix(".broken.json"))
        text = json.dumps({**asdict(settings), **there, **settings.changed()}, indent=1)
        write_atomically(path, text.encode())
    except (UserError, OSError, ValueError, RecursionError) as error:
        logger.warning("settings were not saved: %s", error)
        return str(error)
    settings.keep_read()
    return ""


def reset(path: Path) -> Path | None:
    """Put a settings file aside, so that the next start finds none; returns where it is now.

    Raises
    ------
    UserError
        If the folder may not be written.
    """
    from engine.core.files import describe_os_error

    aside = path.with_suffix(".old.json")
    try:
        path.replace(aside)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise describe_os_error(error, path, writing=True) from error
    return aside


def _content(path: Path) -> dict[str, Any]:
    """Return what a settings file says, nothing where it says nothing that could be used."""
    try:
        if not path.exists():
            return {}
        content = json.loads(read_regular(path, limit=_LIMIT))
    except (UserError, OSError, ValueError, RecursionError) as error:
        logger.warning("settings were not read: %s", error)
        return {}
    return content if isinstance(content, dict) else {}


def fits(row: Row | None, value: Any, default: Any) -> bool:
    """Tell whether a setting, whose default is given, can have a value."""
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if not isinstance(value, type(default)):
        return False
    if isinstance(value, list):
        return len(value) <= _LONGEST and all(isinstance(entry, str) for entry in value)
    if isinstance(value, dict):
        return len(value) <= _LONGEST
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if row is None:
        return True
    if row.choices:
        return any(value == choice for choice, _ in row.choices)
    low_enough = row.high is None or value <= row.high
    return low_enough and (row.low is None or value >= row.low)


def _first(path: Path, entries: list[str]) -> list[str]:
    text = str(path.absolute())
    return [text, *(entry for entry in entries if entry != text)][:RECENT_MOST]


def _paths(entries: list[str]) -> list[str]:
    return [text for text in entries if _is_path(text)]


def _is_path(text: str) -> bool:
    """Tell whether a text could name a file at all: JSON holds more than file systems do."""
    try:
        return bool(text) and b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
