"""Opening a session: all of its worlds live before any world of before is closed.

A world that cannot be built, or whose state does not fit, closes those that were opened with it;
everything is as it was then.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.lab import Lab
from app.series import Series
from app.session.unpack import OpenedWorld, Session
from app.world import World
from engine.core.commands import Failure, Keep, Load, Play, Reply, SetSpeed, SetStride, Train
from engine.core.device import has_driver
from engine.core.errors import BadInput, UserError

__all__ = ["Restoring", "go_on"]


class Restoring(QObject):
    """Opens the worlds of one session.

    Signals
    -------
    done : list of World
        In the order of the session; those of before are still there.
    failed : UserError
        Nothing was changed.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, lab: Lab, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._lab, self.session = lab, session
        self._former = lab.world
        self._worlds: list[World] = []
        self._waiting: set[int] = set()
        self._over = False

    def start(self) -> None:
        """Begin, once this turn of the window is over."""
        QTimer.singleShot(0, self, self._open_next)

    def _open_next(self) -> None:
        """Open one world; the window lives on between two, for each takes a while to be shown."""
        if self._over:
            return
        if len(self._worlds) < len(self.session.worlds):
            opened = self.session.worlds[len(self._worlds)]
            kept = opened.kept
            spec = opened.spec.with_(device=self._device(kept.device), seed=kept.seed)
            # Behind: the panels are made once, for what is selected in the end.
            world = self._lab.open(
                spec, kept.title or kept.slug, playing=False, replace=False, behind=True
            )
            world.preset = kept.preset
            self._worlds.append(world)
            world.failed.connect(self._world_failed)
            world.closed.connect(self._closed)
            self._waiting.add(world.do(Load(opened.state, fresh=True), self._loaded))
            QTimer.singleShot(0, self, self._open_next)
        else:
            self._end_if_all()

    def stop(self) -> None:
        """Give it up and tell nobody: the window closes."""
        if not self._over:
            self._over = True
            self._let_go()

    def _device(self, wanted: str) -> str:
        if wanted == "cuda" and not has_driver():
            return "auto"
        return wanted if wanted in ("auto", "cpu", "cuda") else "auto"

    def _loaded(self, reply: Reply) -> None:
        if self._over or reply.id not in self._waiting:
            return
        self._waiting.discard(reply.id)
        if not reply.ok:
            self._fail(reply.error)
        else:
            self._end_if_all()

    def _world_failed(self, failure: Failure) -> None:
        if failure.during == "building":
            self._fail(failure.error)

    def _closed(self) -> None:
        if not self._over:
            self._fail(BadInput("a world of it was closed while it was being opened"))

    def _end_if_all(self) -> None:
        if self._over or self._waiting or len(self._worlds) < len(self.session.worlds):
            return
        self._over = True
        self._let_go()
        self.done.emit(self._worlds)

    def _fail(self, error: BaseException | None) -> None:
        if self._over:
            return
        self._over = True
        self._let_go()
        for world in self._worlds:
            if world in self._lab.worlds:
                self._lab.close(world)
        if self._former in self._lab.worlds:
            self._lab.select(self._former)
        problem = error.problem if isinstance(error, UserError) else str(error)
        told = BadInput(f"cannot be opened: {problem}", path=self.session.path)
        self.failed.emit(told)

    def _let_go(self) -> None:
        for world in self._worlds:
            world.failed.disconnect(self._world_failed)
            world.closed.disconnect(self._closed)


def go_on(world: World, opened: OpenedWorld, *, playing: bool) -> None:
    """Let a world that was opened run, learn and be seen as it did."""
    kept = opened.kept
    for key, points in opened.series.items():
        kind, _, name = key.partition("/")
        series = world.series.setdefault(kind, {}).setdefault(name, Series())
        series.fill(points)
    for kind in world.series:
        world.scalars_changed.emit(kind)
    world.unsaved = kept.unsaved
    known = {field.name for field in world.fields}
    world.pending.update({n: v for n, v in kept.pending.items() if n in known})
    if world.pending:
        world.pending_changed.emit()
    world.submit(SetSpeed(kept.speed))
    if kept.stride is not None:
        world.submit(SetStride(int(kept.stride)))
    for title, state in opened.bookmarks:
        world.submit(Keep(title, state=state))
    if kept.training and playing:
        world.submit(Train(True))
    if kept.playing and playing:
        world.submit(Play())
