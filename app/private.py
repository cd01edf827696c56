"""What is private in a text that people hand on: folders of theirs are left out of paths."""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["without_folders"]

# Windows drives, and what begins with a slash where no word, scheme or other path goes before it.
_PATH = re.compile(r"(?<![\w/.~>-])(?:[A-Za-z]:[\\/]|/(?=[\w.~-]))[^\s\"'<>|:*?,;()\[\]{}]+")
_SHOWN = ("app", "engine", "resources")


def without_folders(text: str) -> str:
    """Return the text with every absolute path cut to what tells nothing of its owner.

    Files of the program and of libraries keep their place in the package, since a report is
    worthless without them; of any other only the name stays, behind an ellipsis.
    """
    return _PATH.sub(_shorter, _homeless(_rootless(text)))


def _rootless(text: str) -> str:
    """Cut the program's own folder off first: its name may hold a blank, which ends a path."""
    root = re.escape(Path(__file__).parents[1].as_posix())
    return re.sub(rf"{root}/(?=(?:{'|'.join(_SHOWN)})/)", "", text)


def _homeless(text: str) -> str:
    """Replace the home folder first: its name may hold a blank, which ends a path."""
    home = str(Path.home())
    return text.replace(home, "/~") if len(home) > 3 else text


def _shorter(match: re.Match[str]) -> str:
    path = match.group().replace("\\", "/").rstrip("/")
    parts = path.split("/")
    for mark in ("site-packages", "dist-packages", f"python3.{sys.version_info.minor}"):
        if mark in parts:
            return "/".join(parts[parts.index(mark) + 1 :]) or mark
    root = Path(__file__).parents[1].as_posix().replace(str(Path.home()), "/~")
    if path.startswith(f"{root}/") and parts[len(root.split("/"))] in _SHOWN:
        return path[len(root) + 1 :]
    return f".../{parts[-1]}" if parts[-1] not in ("", "~") else "~"
