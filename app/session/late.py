"""Worlds of a session whose plugins did not run yet: they follow once their code is loaded.

A file of the user's folder may take long when it runs, or never end: it does so in a job, and the
rest of the session is open meanwhile. What cannot be loaded stays in the session's file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.session.restoring import Restoring
from app.session.unpack import Session
from app.shell import Shell
from app.world import World
from engine.core.errors import UserError, about

__all__ = ["Late"]


class Late(QObject):
    """Opens the worlds that a session still lacks.

    Parameters
    ----------
    shell : Shell
    session : Session
    worlds : sequence of World or None
        Those that are open, in the order of the session.

    Signals
    -------
    came : World, OpenedWorld
        One is open and has its state.
    settled : bool
        Nothing more comes; whether all are there.

    Attributes
    ----------
    worlds : list of World or None
    opening : bool
        Whether one is being opened right now.
    """

    came = Signal(object, object)
    settled = Signal(bool)

    def __init__(
        self, shell: Shell, session: Session, worlds: Sequence[World | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._shell, self._session = shell, session
        self.worlds = list(worlds)
        self._laid = shell.workspace.memento()
        self._waiting: set[str] = set()  # plugins that are being loaded
        self._ready: list[str] = []
        self._restoring: Restoring | None = None
        self._former: World | None = None
        self._unmoved = False
        self._over = False

    @property
    def titles(self) -> str:
        """What is missing, in words."""
        return ", ".join(self._session.worlds[place].kept.title for place in self._places())

    @property
    def opening(self) -> bool:
        """Whether one is being opened right now."""
        return self._restoring is not None

    def start(self) -> None:
        """Load what is needed."""
        plugins = self._shell.parts["plugins"]
        slugs = {self._session.worlds[place].spec.slug for place in self._places()}
        self._waiting = set(slugs)
        for slug in sorted(slugs):
            plugins.bring(slug, partial(self._loaded, slug))

    def stop(self) -> None:
        """Give the rest up and tell nobody: something else is open now."""
        self._over = True
        if self._restoring is not None:
            self._restoring.stop()
        self.deleteLater()

    def _places(self, slug: str = "") -> list[int]:
        """Return where in the session worlds are missing, of one system or of all."""
        return [
            place
            for place, world in enumerate(self.worlds)
            if world is None and slug in ("", self._session.worlds[place].spec.slug)
        ]

    def _loaded(self, slug: str, usable: bool) -> None:
        if self._over:
            return
        self._waiting.discard(slug)
        if usable:
            self._ready.append(slug)
        self._go_on()

    def _go_on(self) -> None:
        """Open the worlds of one plugin after those of the other."""
        if self._over or self._restoring is not None:
            return
        if self._ready:
            places = self._places(self._ready.pop(0))
            part = tuple(self._session.worlds[place] for place in places)
            opening = Restoring(self._shell.lab, replace(self._session, worlds=part), self)
            self._restoring = opening
            opening.done.connect(partial(self._opened, places))
            opening.failed.connect(self._failed)
            self._unmoved = self._shell.workspace.memento() == self._laid
            self._former = self._shell.lab.world
            opening.start()
        elif not self._waiting:
            self._over = True
            self.settled.emit(not self._places())

    def _opened(self, places: list[int], worlds: list[World]) -> None:
        self._end_opening()
        lab = self._shell.lab
        for place, world in zip(places, worlds, strict=True):
            self.worlds[place] = world
            self.came.emit(world, self._session.worlds[place])
        manifest, front = self._session.manifest, self._former
        if self._unmoved:  # else the user has arranged something meanwhile
            self._shell.workspace.recall(manifest.workspace, self.worlds)
            front = self.worlds[manifest.selected] or front
        if front in lab.worlds:
            lab.select(front)
        self._laid = self._shell.workspace.memento() if self._unmoved else {}
        self._go_on()

    def _failed(self, error: UserError) -> None:
        self._end_opening()
        self._shell.teller.tell(about(error, self._session.path))
        self._go_on()

    def _end_opening(self) -> None:
        if self._restoring is not None:
            self._restoring.deleteLater()
            self._restoring = None
