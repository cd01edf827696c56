"""Pictures of the world: saved as PNG at a chosen size, or copied to the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from app import theme
from app.asking import Asking, check_ending, name_and_numbers, stem
from app.dialogs.picture import PictureDialog
from app.dialogs.sizes import picture_sizes, scaled
from app.jobs import Jobs
from app.lab import Lab
from app.world import World
from engine.core.activity import Activity
from engine.core.commands import Reply, Snapshot
from engine.core.errors import BadInput, UserError
from engine.core.views import Eye, ImageView, MeshView, View, ViewRequest

__all__ = ["Looking", "Pictures", "Seeing", "request_for", "shown_view"]

Size = tuple[int, int]
USUAL = 4
"""Pixels a cell, or for a copy fewer where the world is large."""
LARGE = 1024
MOST_PIXELS = 2**26
NAME = "Primordia"


@runtime_checkable
class Seeing(Protocol):
    """A viewport that looks at a solid from somewhere."""

    def eye(self) -> Eye:
        """Return from where."""


Looking = Callable[[], tuple[Eye, Size]]
"""Says from where the picture in front is looked at, and how many pixels it has."""


def shown_view(world: World | None) -> View | None:
    """Return what was shown last of a world's own picture, if it can be drawn."""
    view = world.views.get("world") if world is not None else None
    return view if isinstance(view, ImageView | MeshView) else None


def request_for(world: World, view: View, eye: Eye, size: Size) -> ViewRequest:
    """Ask for all of what is shown of a world: its cells, or its solid from an eye at a size."""
    shown = world.request("world") or ViewRequest()
    whole = replace(shown, region=None, probes=())
    if isinstance(view, ImageView):
        return replace(whole, max_size=max(view.extent))
    return replace(whole, max_size=max(size), eye=eye, size=size)


@dataclass(frozen=True)
class _Asked:
    """What becomes of a picture: a file or the clipboard, so many pixels a cell."""

    path: Path | None
    factor: int
    clear: bool
    notes: dict[str, str]


class Pictures(QObject):
    """Takes pictures of the selected world.

    Signals
    -------
    said : str, str, object
        As of `app.filing.Filing`.
    failed : object
    """

    said = Signal(str, str, object)
    failed = Signal(object)

    def __init__(
        self, lab: Lab, jobs: Jobs, asking: Asking, looking: Looking, window: QWidget
    ) -> None:
        super().__init__(window)
        self._lab, self._jobs, self._asking = lab, jobs, asking
        self._looking, self._window = looking, window
        self._snapshots: dict[int, _Asked] = {}
        lab.opened.connect(self._follow)

    def save(self, argument: str = "") -> None:
        """Save the world as a PNG; a script gives FILE [SCALE], or FILE WIDTH HEIGHT of a solid."""
        world = self._lab.world
        view = shown_view(world)
        if world is None or view is None:
            self.failed.emit(BadInput("There is no picture of this world yet"))
            return
        eye, window = self._looking()
        size, clear, path = scaled(view, USUAL, window), True, None
        if argument:
            name, numbers = name_and_numbers(argument, 2)
            path = Path(name)
            usual = USUAL if isinstance(view, ImageView) else 1
            size = scaled(view, min(max(numbers[0] if numbers else usual, 1), 8), window)
            if len(numbers) == 2 and isinstance(view, MeshView):
                size = (max(numbers[0], 1), max(numbers[1], 1))
        else:
            solid = isinstance(view, MeshView)
            sizes = picture_sizes(view, window)
            has_alpha = solid or (isinstance(view, ImageView) and view.data.shape[-1] == 4)
            dialog = PictureDialog(sizes, 0 if solid else USUAL - 1, has_alpha, self._window)
            accepted = dialog.exec()
            size, clear = dialog.size_chosen(), dialog.transparent()
            dialog.deleteLater()
            if accepted:
                kinds = {"PNG pictures (*.png)": ".png"}
                path = self._asking.to_save("", f"{stem(world)}.png", kinds)
        if path is None:
            return
        try:
            check_ending(path, ".png")
            self._snap(world, view, path, eye, size, clear)
        except UserError as error:
            self.failed.emit(error)

    def copy(self, argument: str = "") -> None:
        """Copy the world to the clipboard, as large as it is in the window or its cells allow."""
        world = self._lab.world
        view = shown_view(world)
        if world is None or view is None:
            return
        eye, window = self._looking()
        small = isinstance(view, ImageView) and max(view.extent) <= LARGE
        self._snap(world, view, None, eye, scaled(view, USUAL if small else 1, window), False)

    def _snap(
        self, world: World, view: View, path: Path | None, eye: Eye, size: Size, clear: bool
    ) -> None:
        if size[0] * size[1] > MOST_PIXELS:
            words = f"a picture of {size[0]} x {size[1]} pixels is too large"
            raise BadInput(words, path=path, remedy=f"Use up to {MOST_PIXELS // 10**6} megapixels")
        factor = max(1, size[0] // view.extent[1]) if isinstance(view, ImageView) else 1
        notes = {"Software": NAME, "Title": f"{world.title}, step {view.step}"}
        if isinstance(view, MeshView):
            notes["Comment"] = f"seen from {eye.azimuth:.1f}, {eye.elevation:.1f} degrees"
        number = world.submit(Snapshot("world", request_for(world, view, eye, size)))
        self._snapshots[number] = _Asked(path, factor, clear, notes)

    def _follow(self, world: World) -> None:
        world.answered.connect(self._answered)

    def _answered(self, command: Any, reply: Reply) -> None:
        asked = self._snapshots.pop(command.id, None)
        if asked is not None and isinstance(reply.value, ImageView):
            self._write(reply.value, asked)

    def _write(self, view: ImageView, asked: _Asked) -> None:
        clear = asked.clear and view.data.shape[-1] == 4
        ground = None if clear else theme.current().ground_rgb()

        def draw() -> NDArray[np.uint8]:
            from engine.core.colour import colourise
            from engine.media.scale import enlarge

            return enlarge(colourise(view, ground), asked.factor)

        path = asked.path
        if path is None:
            self._jobs.start(lambda activity: draw(), self._to_clipboard, self.failed.emit)
            return

        def work(activity: Activity) -> Path:
            from engine.media.png import write_png

            write_png(path, draw(), asked.notes)
            return path

        self._jobs.start(work, self._wrote, self.failed.emit, title=f"Saving {path.name}")

    def _to_clipboard(self, frame: NDArray[np.uint8]) -> None:
        height, width = frame.shape[:2]
        rgb = frame[..., :3].tobytes()
        image = QImage(rgb, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        QGuiApplication.clipboard().setImage(image)
        self.said.emit(f"Copied {width} x {height} pixels", "accent", None)

    def _wrote(self, path: Path) -> None:
        self.said.emit(f"Saved {path.name}", "accent", None)
