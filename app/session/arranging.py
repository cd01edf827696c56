"""How the window is arranged, as a manifest says it, and back.

What a session says of the looks never keeps its worlds from being opened: a memento that nobody
understands is logged and passed over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray

from app.docks import LAYOUT_VERSION
from app.session.manifest import Manifest, plain
from app.session.unpack import Session
from app.shell import Shell
from app.world import World

__all__ = ["arrange", "arrangement"]

logger = logging.getLogger(__name__)


def arrangement(shell: Shell, path: Path | None) -> Manifest:
    """Describe how the window is arranged; the worlds are added when they are packed."""
    lab = shell.lab
    state = shell.window.saveState(LAYOUT_VERSION).toBase64().data()
    parts = {
        name: plain(part.memento())
        for name, part in shell.parts.items()
        if hasattr(part, "memento")
    }
    return Manifest(
        selected=lab.worlds.index(lab.world) if lab.world in lab.worlds else -1,
        workspace=plain(shell.workspace.memento()),
        parts=parts,
        layout=bytes(state).decode(),
        layout_version=LAYOUT_VERSION,
        name=str(path or ""),
    )


def arrange(shell: Shell, session: Session, worlds: Sequence[World | None]) -> None:
    """Arrange the window as a session says; its worlds are open, in its order, but for None."""
    manifest = session.manifest
    layout = QByteArray.fromBase64(manifest.layout.encode("ascii", "ignore"))
    if manifest.layout_version == LAYOUT_VERSION:
        shell.window.restoreState(layout, LAYOUT_VERSION)
    _try(partial(shell.workspace.recall, manifest.workspace, worlds))
    for world, opened in zip(worlds, session.worlds, strict=True):
        page = shell.window.page_of(world) if world is not None else None
        if page is not None:
            _try(partial(page.recall, opened.kept.page))
    for name, part in shell.parts.items():
        if name in manifest.parts and hasattr(part, "recall"):
            _try(partial(part.recall, manifest.parts[name], worlds))
    there = [world for world in worlds if world is not None]
    if there:
        shell.lab.select(worlds[manifest.selected] or there[0])


def _try(recall: Callable[[], object]) -> None:
    try:
        recall()
    except Exception:
        logger.exception("a part of the window could not be arranged as it was")
