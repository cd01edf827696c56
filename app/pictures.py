"""Pictures of what is in front: saved at a chosen size, or copied to the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from app import theme
from app.asking import Asking, stem
from app.dialogs.picture import PictureDialog
from app.dialogs.sizes import picture_sizes, scaled
from app.fronts import Front, FrontView, Looking, front_of
from app.jobs import Jobs
from app.lab import Lab
from app.orders import read_order
from app.screen_picture import picture_of
from app.world import World
from engine.core.activity import Activity
from engine.core.commands import Reply, Snapshot
from engine.core.errors import BadInput, UserError
from engine.core.origin import Origin
from engine.core.sidecar import Drawing
from engine.core.views import Eye, ImageView, View, ViewRequest

__all__ = ["Pictures", "Seeing"]

Size = tuple[int, int]
USUAL = 4
"""Pixels a cell, or for a copy fewer where the world is large."""
LARGE = 1024
MOST_PIXELS = 2**26
NAME = "Primordia"
KINDS = {"PNG picture (*.png)": ".png", "WebP picture, lossless (*.webp)": ".webp"}
NOTHING = "There is no picture of this world yet"


@runtime_checkable
class Seeing(Protocol):
    """A viewport that looks at a solid from somewhere."""

    def eye(self) -> Eye:
        """Return from where."""


@dataclass(frozen=True)
class _Asked:
    """What becomes of a picture: a file or the clipboard, and how it is drawn."""

    path: Path | None
    drawing: Drawing
    notes: dict[str, str]
    name: str
    request: ViewRequest


class Pictures(QObject):
    """Takes pictures of the view in front.

    Signals
    -------
    said : str, str, object
        As of `app.filing.Filing`.
    failed : object

    Attributes
    ----------
    compared : callable
        Gives what a comparison shows while one is in front; None else.
    """

    said = Signal(str, str, object)
    failed = Signal(object)

    def __init__(
        self,
        lab: Lab,
        jobs: Jobs,
        asking: Asking,
        looking: Looking,
        front: FrontView,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._lab, self._jobs, self._asking = lab, jobs, asking
        self._looking, self._front, self._window = looking, front, window
        self._snapshots: dict[int, _Asked] = {}
        self._dialog: PictureDialog | None = None
        self._pictured: Front | None = None
        self.compared: Callable[[], Front | None] = lambda: None
        lab.opened.connect(self._follow)
        lab.closed.connect(self._closed)

    def _in_front(self) -> Front | None:
        return self.compared() or front_of(self._lab.world, self._front(), self._looking)

    def save(self, argument: str = "") -> None:
        """Save what is in front as a picture.

        A script gives FILE [SCALE], or FILE WIDTH HEIGHT, and options: size=WxH, transparent,
        opaque, legend, no-sidecar.
        """
        front = self._in_front()
        if front is None:
            self.failed.emit(BadInput(NOTHING))
            return
        try:
            if argument:
                self._scripted(front, argument)
            elif self._dialog is not None:
                self._dialog.raise_()
            else:
                self._ask(front)
        except UserError as error:
            self.failed.emit(error)

    def copy(self, argument: str = "") -> None:
        """Copy what is in front to the clipboard, as large as it is in the window or its cells."""
        front = self._in_front()
        if front is None:
            return
        view = front.view
        small = isinstance(view, ImageView) and max(view.extent) <= LARGE
        size = scaled(view, USUAL if small else 1, front.window)
        try:
            self._snap(front, None, Drawing(size, None, cells=not front.solid), sidecar=False)
        except UserError as error:
            self.failed.emit(error)

    def save_window(self, argument: str = "") -> None:
        """Save the whole window with what floats above it; a script gives FILE."""
        image = self._grabbed()  # before a dialog lies over it
        path = Path(argument) if argument else self._asking.to_save("", "primordia.png", KINDS)
        if path is None:
            return
        frame = _pixels(image)

        def work(activity: Activity) -> Path:
            from engine.core.files import write_atomically
            from engine.media.saving import encode_picture

            write_atomically(path, encode_picture(frame, path, {"Software": NAME}))
            return path

        self._jobs.start(work, self._wrote, self.failed.emit, title=f"Saving {path.name}")

    def copy_window(self, argument: str = "") -> None:
        """Copy the whole window to the clipboard."""
        image = self._grabbed()
        QGuiApplication.clipboard().setImage(image)
        self.said.emit(f"Copied {image.width()} x {image.height()} pixels", "accent", None)

    def _grabbed(self) -> QImage:
        image = picture_of(self._window).toImage()
        return image.convertToFormat(QImage.Format.Format_RGBA8888)

    def _scripted(self, front: Front, argument: str) -> None:
        words = ("transparent", "opaque", "legend", "no-sidecar")
        order = read_order(argument, 2, ("size",), words)
        numbers = order.numbers
        size = order.size()
        if size is None and len(numbers) == 2:
            size = max(numbers[0], 1), max(numbers[1], 1)
        if size is None:
            usual = USUAL if isinstance(front.view, ImageView) else 1
            factor = min(max(numbers[0] if numbers else usual, 1), 8)
            size = scaled(front.view, factor, front.window)
        self._save(
            front,
            order.path,
            size,
            clear="opaque" not in order.words,
            legend="legend" in order.words,
            sidecar="no-sidecar" not in order.words,
        )

    def _ask(self, front: Front) -> None:
        flat = isinstance(front.view, ImageView)
        sizes = picture_sizes(front.view, front.window)
        dialog = PictureDialog(sizes, USUAL - 1 if flat else 0, front.clear, self._window)
        self._dialog, self._pictured = dialog, front
        dialog.finished.connect(self._chosen)
        dialog.open()

    def _closed(self, world: World) -> None:
        front = self._pictured
        if self._dialog is not None and front is not None and front.world is world:
            self._dialog.reject()

    def _chosen(self, result: int) -> None:
        dialog, front = self._dialog, self._pictured
        self._dialog = self._pictured = None
        if dialog is None or front is None:
            return
        dialog.deleteLater()
        if not result:
            return
        path = self._asking.to_save("", f"{stem(front.world)}.png", KINDS)
        if path is None:
            return
        try:
            self._save(
                front,
                path,
                dialog.size_chosen(),
                clear=dialog.transparent(),
                legend=dialog.legend(),
                sidecar=dialog.sidecar(),
            )
        except UserError as error:
            self.failed.emit(error)

    def _save(
        self, front: Front, path: Path, size: Size, *, clear: bool, legend: bool, sidecar: bool
    ) -> None:
        if path.suffix.lower() not in KINDS.values():
            raise BadInput(
                "has not the ending of a picture", path=path, remedy=f"Name it {path.stem}.png"
            )
        ground = None if clear else theme.current().ground_rgb()
        self._snap(front, path, Drawing(size, ground, legend, not front.solid), sidecar=sidecar)

    def _snap(self, front: Front, path: Path | None, drawing: Drawing, *, sidecar: bool) -> None:
        assert drawing.size is not None
        width, height = drawing.size
        if width * height > MOST_PIXELS:
            words = f"a picture of {width} x {height} pixels is too large"
            raise BadInput(words, path=path, remedy=f"Use up to {MOST_PIXELS // 10**6} megapixels")
        notes = {"Software": NAME, "Title": front.world.title}
        if front.solid:
            notes["Comment"] = front.words()
        request = front.request(drawing.size)
        if front.made:  # as it is shown; how two worlds came to differ fits no sidecar
            if front.solid:
                words = "what is made of two solids can only be pictured with the window"
                raise BadInput(words, remedy="Use File > Save picture of the window")
            self._write(front.view, None, _Asked(path, drawing, notes, front.name, request))
            return
        number = front.world.submit(Snapshot(front.name, request, origin=sidecar))
        self._snapshots[number] = _Asked(path, drawing, notes, front.name, request)

    def _follow(self, world: World) -> None:
        world.answered.connect(self._answered)

    def _answered(self, command: Any, reply: Reply) -> None:
        asked = self._snapshots.pop(command.id, None)
        if asked is None or not reply.ok:
            return
        if isinstance(reply.value, View):
            self._write(reply.value, None, asked)
        else:
            view, origin = reply.value
            if origin is None:
                words = "The world is too large to write beside its picture how it was made"
                self.said.emit(words, "train", None)
            self._write(view, origin, asked)

    def _write(self, view: View, origin: Origin | None, asked: _Asked) -> None:
        path = asked.path
        asked.notes["Title"] += f", step {view.step}"
        if path is None:

            def draw(activity: Activity) -> tuple[NDArray[np.uint8], bytes]:
                from engine.media.png import encode_png
                from engine.media.shots import drawn

                frame = drawn(view, asked.drawing)
                return frame, encode_png(frame, asked.notes)

            self._jobs.start(draw, self._to_clipboard, self.failed.emit)
            return

        def work(activity: Activity) -> Path:
            from engine.media.saving import save_picture

            save_picture(
                path,
                view,
                asked.drawing,
                asked.notes,
                origin=origin,
                name=asked.name,
                request=asked.request,
            )
            return path

        self._jobs.start(work, self._wrote, self.failed.emit, title=f"Saving {path.name}")

    def _to_clipboard(self, drawn: tuple[NDArray[np.uint8], bytes]) -> None:
        frame, png = drawn
        height, width, channels = frame.shape
        formats = {3: QImage.Format.Format_RGB888, 4: QImage.Format.Format_RGBA8888}
        image = QImage(frame.tobytes(), width, height, channels * width, formats[channels]).copy()
        # Programs that know transparency take the PNG, others the picture itself.
        both = QMimeData()
        both.setData("image/png", png)
        both.setImageData(image)
        QGuiApplication.clipboard().setMimeData(both)
        self.said.emit(f"Copied {width} x {height} pixels", "accent", None)

    def _wrote(self, path: Path) -> None:
        self.said.emit(f"Saved {path.name}", "accent", None)


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """Copy an image of RGBA into an array (h, w, 4)."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    # A copy in any case: the memory is the image's, and goes with it.
    return rows[:, : 4 * image.width()].reshape(image.height(), -1, 4).copy()
