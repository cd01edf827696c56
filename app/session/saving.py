"""Saving a session: the worlds are asked for copies, and a job writes them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QObject, QPoint, Signal
from PySide6.QtGui import QImage, QPainter

from app.painting import painting
from app.session.changes import Mark
from app.session.gather import Gathered, Gathering, packed
from app.session.manifest import Manifest, plain
from app.session.pack import Stored, pack
from app.shell import Shell
from app.world import World
from engine.core.activity import Activity
from engine.core.errors import Cancelled, UserError

__all__ = ["Saving"]

PATIENCE = 60.0
PICTURE_WIDTH = 320
logger = logging.getLogger(__name__)
BY_ITSELF = "Saving the session by itself"


class Saving(QObject):
    """Saves everything that is open once.

    Signals
    -------
    done : Path, Manifest, list of Gathered
        What was written where; the worlds that are in it, in its order.
    failed : Exception
        `Cancelled` where every world was closed meanwhile.
    """

    done = Signal(object, object, object)
    failed = Signal(object)

    def __init__(self, shell: Shell, parent: QObject) -> None:
        super().__init__(parent)
        self._shell = shell
        self._gathering = Gathering(self)
        self._gathering.done.connect(self._gathered)
        self._path, self._title = Path(), ""
        self._look = Manifest()
        self._over = False
        self._activity: Activity | None = None

    def start(
        self,
        path: Path,
        numbers: Mapping[World, int],
        stored: Mapping[World, tuple[Stored, Mark]],
        look: Manifest,
        *,
        bookmarks: Mapping[tuple[World, int], bytes],
        title: str = "",
        patience: float = PATIENCE,
        older: Mapping[World, tuple[Stored, Mark]] | None = None,
    ) -> None:
        """Begin; see `Gathering.start`. A title lists the job among the activities."""
        self._path, self._title, self._look = path, title, look
        worlds = self._shell.lab.worlds
        self._gathering.start(worlds, numbers, stored, bookmarks, patience, older)

    def stop(self) -> None:
        """Give it up and tell nobody any more."""
        self._over = True
        self._gathering.stop()
        if self._activity is not None:
            self._activity.cancel()

    def _gathered(self, asked: list[Gathered]) -> None:
        had = [found for found in asked if found.state is not None]
        missed = [found for found in asked if found.state is None]
        if not had:
            error: Exception = Cancelled("every world was closed meanwhile")
            if missed:
                words = f"{missed[0].world.title}: {missed[0].problem}"
                error = UserError(f"the session could not be saved: {words}")
            self.failed.emit(error)
            self.deleteLater()
            return
        for found in missed:
            words = f"{found.world.title} is not in the session: {found.problem}"
            if self._title:
                self._shell.teller.say(words, "train")
            else:
                logger.warning("%s", words)
        worlds = [packed(found, self._page(found.world)) for found in had]
        picture = self._picture()
        path, look = self._path, self._look

        def work(activity: Activity) -> Manifest:
            return pack(worlds, look, path, activity, _png(picture))

        self._activity = self._shell.jobs.start(
            work, partial(self._written, had), self._refused, title=self._title
        )
        if not self._title:
            # It is listed, and nothing more is made of it.
            self._activity.title = BY_ITSELF
            self._shell.jobs.under_way.add(self._activity)

    def _page(self, world: World) -> dict[str, Any]:
        page = self._shell.window.page_of(world)
        return dict(plain(page.memento())) if page is not None else {}

    def _picture(self) -> QImage:
        """Draw what the window shows, small from the start: that takes a few milliseconds."""
        window = self._shell.window
        factor = PICTURE_WIDTH / max(1, window.width())
        height = max(1, round(factor * window.height()))
        seen = QImage(PICTURE_WIDTH, height, QImage.Format.Format_RGB32)
        with painting(seen) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.scale(factor, factor)
            window.render(painter, QPoint())
        return seen

    def _written(self, had: list[Gathered], written: Manifest) -> None:
        if not self._over:
            self.done.emit(self._path, written, had)
        self.deleteLater()

    def _refused(self, error: Exception) -> None:
        if not self._over:
            self.failed.emit(error)
        self.deleteLater()


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
