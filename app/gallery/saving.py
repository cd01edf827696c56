"""Making a preset of a world: its picture and its state are asked for, then written in a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject

from app.gallery.save import Words
from app.gallery.user_presets import Saved, State, UserPreset, UserPresets
from app.jobs import Jobs
from app.pictures import Seeing
from app.viewports.base import Viewport
from app.world import World
from engine import thumbnails
from engine.core.activity import Activity
from engine.core.commands import Pack, Reply, Snapshot
from engine.core.errors import Cancelled
from engine.core.figures import HeadsView
from engine.core.views import ImageView, View, ViewRequest

__all__ = ["Saving", "starts"]

PICTURED = ("image", "tapes", "mesh", "heads")


def starts(world: World) -> dict[State, str]:
    """List from where a preset of a world may begin, in words; the first one is the usual."""
    can = world.state.capabilities
    learns = can is not None and can.trainable
    seed = f"from seed {world.state.seed}"
    begin: dict[State, str] = {"model": f"{seed}, with what it has learned"} if learns else {}
    if not learns:
        begin[""] = seed
    return {**begin, "world": f"as it is now, at step {world.state.step:,}"}


@dataclass(frozen=True)
class _Seen:
    """Of which view a picture is made, and how it is asked for."""

    view: str
    kind: str
    request: ViewRequest


def _seen(world: World, viewport: Viewport | None) -> _Seen | None:
    """Choose the view in front, or the first that a picture can be made of."""
    can = world.state.capabilities
    offers = [o for o in (can.views if can is not None else ()) if o.kind in PICTURED]
    front = viewport.name if viewport is not None else ""
    offers.sort(key=lambda offer: offer.name != front)
    if not offers:
        return None
    name, kind = offers[0].name, offers[0].kind
    eye = viewport.eye() if isinstance(viewport, Seeing) and name == front else thumbnails.EYE
    request = thumbnails.request(kind, eye=eye)
    shown = world.request(name)
    if shown is not None and kind in ("image", "tapes"):
        request = replace(
            request, channels=shown.channels, reduce=shown.reduce, limits=shown.limits
        )
    return _Seen(name, kind, request)


class Saving(QObject):
    """One preset under way; it deletes itself when it is done.

    Parameters
    ----------
    own : UserPresets
    done : callable
        Gets the preset that was written.
    failed : callable
        Gets the exception that kept it from being written.
    """

    def __init__(
        self,
        own: UserPresets,
        jobs: Jobs,
        done: Callable[[UserPreset], object],
        failed: Callable[[BaseException], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._own, self._jobs = own, jobs
        self._done, self._failed = done, failed
        self._preset = UserPreset("", "", "")
        self._waits = 0
        self._view: View | None = None
        self._solid = False
        self._mesh = b""
        self._captured: Any = None

    def begin(
        self,
        world: World,
        viewport: Viewport | None,
        words: Words,
        start: State,
        page: dict[str, Any],
    ) -> None:
        """Ask the world for what the preset needs."""
        spec = world.state.spec
        self._preset = UserPreset(
            name="",
            title=words.title,
            slug=world.slug,
            look=words.look,
            tags=words.tags,
            params=dict(world.params),
            seed=world.state.seed,
            state=start,
            speed=world.state.speed,
            page=page,
        )
        if start != "world" and spec.mesh is not None and isinstance(spec.mesh.data, bytes):
            self._mesh = spec.mesh.data
        seen = _seen(world, viewport)
        self._waits = (seen is not None) + bool(start)
        if seen is not None:
            self._solid = seen.kind == "mesh"
            world.do(Snapshot(seen.view, seen.request), self._pictured)
        if start:
            world.do(Pack(start), self._packed)
        if not self._waits:
            self._write()

    def _pictured(self, reply: Reply) -> None:
        self._view = reply.value if isinstance(reply.value, View) else None
        self._came()  # a preset without a picture is better than none

    def _packed(self, reply: Reply) -> None:
        if reply.error is not None:
            self._waits = -1
            if not isinstance(reply.error, Cancelled):  # the world was closed
                self._failed(reply.error)
            self.deleteLater()
            return
        self._captured = reply.value
        self._came()

    def _came(self) -> None:
        self._waits -= 1
        if self._waits == 0:
            self._write()

    def _write(self) -> None:
        own, preset, captured = self._own, self._preset, self._captured
        view, solid, mesh = self._view, self._solid, self._mesh

        def work(activity: Activity) -> UserPreset:
            picture = b""
            if isinstance(view, ImageView | HeadsView):
                picture = thumbnails.picture(view, solid=solid)
            elif captured is not None and captured.thumbnail is not None:
                picture = thumbnails.encode_small(captured.thumbnail)
            checkpoint = captured.encode() if captured is not None else b""
            return own.add(preset, Saved(checkpoint, mesh, picture))

        self._jobs.start(work, self._written, self._refused, title=f"Saving {preset.title}")

    def _written(self, preset: UserPreset) -> None:
        self._done(preset)
        self.deleteLater()

    def _refused(self, error: Exception) -> None:
        self._failed(error)
        self.deleteLater()
