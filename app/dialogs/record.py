"""What to record: kind of file, size, frame rate, how often, from now or from reset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from PySide6.QtCore import Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSpinBox,
    QWidget,
)

from app import theme
from app.dialogs.size_row import SizeRow
from app.remembering import flag, text
from engine.core.commands import Record
from engine.core.views import ViewRequest

__all__ = ["RecordChoice", "RecordDialog", "kinds"]

Quality = Literal["small", "good", "best"]

KINDS = (
    ("MP4 film (H.264)", ".mp4"),
    ("WebM film (VP9)", ".webm"),
    ("GIF animation", ".gif"),
    ("WebP animation", ".webp"),
    ("PNG frames in a folder", "/"),
)
NO_CODECS = "this copy has no codecs"
QUALITIES: tuple[tuple[str, Quality], ...] = (
    ("Small", "small"),
    ("Good", "good"),
    ("Best", "best"),
)
GIF_RATES = ("50", "33.3", "25", "20", "10")
RATES = ("60", "50", "30", "25", "24", "10")
LARGEST = 4096
"""Pixels of a side of a film."""


def kinds() -> list[tuple[str, str, str]]:
    """List words and endings of films, and why some cannot be recorded here; "" if they can."""
    from engine.media.writers import CODECS, has_codecs

    lacking = () if has_codecs() else CODECS
    return [(words, ending, NO_CODECS if ending in lacking else "") for words, ending in KINDS]


@dataclass(frozen=True)
class RecordChoice:
    """The answers: ending of the file ("/" for a folder of frames) and the command's options.

    `turn` is in degrees a frame; `still` lets only the eye move.
    """

    ending: str
    size: tuple[int, int]
    fps: float
    every: int
    from_reset: bool
    frames: int | None
    turn: float = 0.0
    still: bool = False
    quality: Quality = "good"
    full_chroma: bool = False
    transparent: bool = False
    legend: bool = False
    sidecar: bool = True

    def command(
        self,
        path: Path,
        request: ViewRequest,
        ground: tuple[int, int, int],
        view: str = "world",
    ) -> Record:
        """Make the command that records to `path` what is asked for."""
        return Record(
            path,
            view=view,
            request=request,
            size=self.size,
            fps=self.fps,
            every=self.every,
            from_reset=self.from_reset,
            frames=self.frames,
            ground=ground,
            turn=self.turn,
            still=self.still,
            quality=self.quality,
            full_chroma=self.full_chroma,
            transparent=self.transparent,
            legend=self.legend,
            sidecar=self.sidecar,
        )


class RecordDialog(QDialog):
    """Asks how to record a world.

    Parameters
    ----------
    sizes : sequence of (words, (width, height))
    first : int
        Which one is chosen at first.
    solid : bool
        Whether it is looked at from somewhere, so that it may turn.
    clear : bool
        Whether something of it may be transparent.
    worlds : sequence of str
        Titles of the two worlds of a comparison, of which one is filmed; else one or none.
    world : int
        Which one is chosen at first.

    Signals
    -------
    changed
        An answer changed; `choice` gives all of them.
    """

    changed = Signal()

    def __init__(
        self,
        sizes: Sequence[tuple[str, tuple[int, int]]],
        first: int,
        *,
        solid: bool = False,
        clear: bool = False,
        worlds: Sequence[str] = (),
        world: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Record")
        self._worlds = QComboBox()
        self._worlds.setAccessibleName("World that is filmed")
        self._worlds.setToolTip("Of a comparison one world is filmed, and not their difference")
        self._worlds.addItems(
            [f"{letter}: {title}" for letter, title in zip("AB", worlds, strict=False)]
        )
        self._worlds.setCurrentIndex(world)
        self._clear_at_all = clear
        self._kind = QComboBox()
        self._kind.setAccessibleName("Kind of file")
        for words, ending, why in kinds():
            self._kind.addItem(f"{words}: {why}" if why else words, ending)
            if why:
                _items(self._kind).item(self._kind.count() - 1).setEnabled(False)
        self._kind.setCurrentIndex(next(at for at, kind in enumerate(kinds()) if not kind[2]))
        self.size_row = SizeRow(sizes, first, largest=LARGEST, step=2)
        self._make_looks()
        self._make_times()
        self._lay_out(solid)
        self._kind.currentIndexChanged.connect(self._kind_changed)
        self._fps.currentIndexChanged.connect(self._turn_changed)
        for box in (self._frames, self._every):
            box.valueChanged.connect(self._describe)
        for button in (self._limited, self._chroma, self._clear, self._legend, self._reset):
            button.toggled.connect(self._describe)
        self._quality.currentIndexChanged.connect(self._describe)
        self.size_row.changed.connect(self._describe)
        self._worlds.currentIndexChanged.connect(self._describe)
        self._kind_changed()

    def _make_looks(self) -> None:
        """Make what decides how a frame looks."""
        self._quality = QComboBox()
        self._quality.setAccessibleName("Quality")
        for words, value in QUALITIES:
            self._quality.addItem(words, value)
        self._quality.setCurrentIndex(1)
        self._chroma = QCheckBox("Sharp colours (4:4:4)")
        self._chroma.setToolTip("Single cells keep their colour; some players cannot show it")
        self._clear = QCheckBox("Transparent")
        self._clear.setToolTip("Keeps what is empty transparent; an MP4 cannot")
        self._legend = QCheckBox("Legend and scale below it")
        self._sidecar = QCheckBox("Write beside it how it was made")
        self._sidecar.setToolTip("A JSON file, from which `primordia render` makes it again")
        self._sidecar.setChecked(True)
        self._lives = QRadioButton("While it lives")
        self._stands = QRadioButton("Turn around what is there now")
        self._stands.setToolTip("Time stands still until the film has gone round once")
        self._still = QRadioButton("As I see it")
        self._turning = QRadioButton("Turntable, once round in")
        self._round = QDoubleSpinBox()
        self._round.setRange(0.5, 600.0)
        self._round.setDecimals(1)
        self._round.setValue(10.0)
        self._round.setSuffix(" s")
        self._round.setEnabled(False)
        self._round.setAccessibleName("Seconds for one turn")
        self._stands.toggled.connect(self._time_changed)
        self._turning.toggled.connect(self._turn_changed)
        self._round.valueChanged.connect(self._turn_changed)

    def _make_times(self) -> None:
        """Make what decides which steps become frames."""
        self._fps = QComboBox()
        self._fps.setAccessibleName("Frames per second")
        self._every = QSpinBox()
        self._every.setRange(1, 10_000)
        self._every.setAccessibleName("Steps per frame")
        self._now = QRadioButton("From now")
        self._reset = QRadioButton("From reset")
        self._limited = QCheckBox("Stop after")
        self._limited.setChecked(True)
        self._frames = QSpinBox()
        self._frames.setRange(1, 1_000_000)
        self._frames.setValue(300)
        self._frames.setSuffix(" frames")
        self._frames.setAccessibleName("Number of frames")
        self._limited.toggled.connect(self._frames.setEnabled)
        for chosen, other in (
            (self._lives, self._stands),
            (self._still, self._turning),
            (self._now, self._reset),
        ):
            group = QButtonGroup(self)
            group.addButton(chosen)
            group.addButton(other)
            chosen.setChecked(True)
        self._length = QLabel()
        self._length.setProperty("dim", True)
        self._cost = QLabel()
        self._cost.setProperty("dim", True)
        self._cost.setAccessibleName("Estimated size and time")

    def _lay_out(self, solid: bool) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        form.setSpacing(2 * theme.UNIT)
        what, turn = _row(self._lives, self._stands), _row(self._still, self._turning, self._round)
        form.addRow("World", self._worlds)
        form.setRowVisible(self._worlds, self._worlds.count() > 1)
        form.addRow("File", self._kind)
        form.addRow("Size", self.size_row)
        form.addRow("Quality", _row(self._quality, self._chroma, self._clear))
        form.addRow("Film", what)
        form.addRow("View", turn)
        for row in (what, turn):
            form.setRowVisible(row, solid)
        form.addRow("Frames/s", self._fps)
        form.addRow("Every", self._every)
        form.addRow("Begin", _row(self._now, self._reset))
        form.addRow("End", _row(self._limited, self._frames))
        form.addRow("", self._legend)
        form.addRow("", self._sidecar)
        form.addRow("", self._length)
        form.addRow("", self._cost)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        record = buttons.addButton("Choose file...", QDialogButtonBox.ButtonRole.AcceptRole)
        record.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)

    def choice(self) -> RecordChoice:
        """Return the answers as they stand."""
        ending = self._kind.currentData()
        return RecordChoice(
            ending=ending,
            size=self.size_row.size_chosen(),
            fps=float(self._fps.currentText() or 30),
            every=self._every.value(),
            from_reset=self._reset.isChecked(),
            frames=self._frames.value() if self._limited.isChecked() else None,
            turn=self._turn(),
            still=self._stands.isChecked(),
            quality=cast("Quality", self._quality.currentData()),
            full_chroma=self._chroma.isChecked() and ending == ".mp4",
            transparent=self._clear.isChecked() and self._clear.isEnabled(),
            legend=self._legend.isChecked(),
            sidecar=self._sidecar.isChecked(),
        )

    def world(self) -> int:
        """Return the place of the world that is to be filmed."""
        return max(0, self._worlds.currentIndex())

    def set_cost(self, words: str) -> None:
        """Say about how large the film will be and how long it takes."""
        self._cost.setText(words)

    def memento(self) -> dict[str, Any]:
        """Return the answers that are likely to be the same next time, as JSON."""
        return {
            "kind": self._kind.currentData(),
            "quality": self._quality.currentData(),
            "full_chroma": self._chroma.isChecked(),
            "legend": self._legend.isChecked(),
            "sidecar": self._sidecar.isChecked(),
        }

    def recall(self, memento: Mapping[str, Any]) -> None:
        """Answer as a memento says; what makes no sense is passed over."""
        for box, key in ((self._kind, "kind"), (self._quality, "quality")):
            place = box.findData(text(memento, key) or "")
            if place >= 0 and _items(box).item(place).isEnabled():
                box.setCurrentIndex(place)
        for button, key in (
            (self._chroma, "full_chroma"),
            (self._legend, "legend"),
            (self._sidecar, "sidecar"),
        ):
            kept = flag(memento, key)
            if kept is not None:
                button.setChecked(kept)

    def _turn(self) -> float:
        """Return degrees a frame."""
        if not self._turning.isChecked():
            return 0.0
        return 360.0 / max(1, self._frames_a_turn())

    def _frames_a_turn(self) -> int:
        return round(self._round.value() * float(self._fps.currentText() or 30))

    def _turn_changed(self) -> None:
        """Offer a film of one whole turn, which can be repeated without a jump."""
        self._round.setEnabled(self._turning.isChecked())
        if self._turning.isChecked():
            self._frames.setValue(self._frames_a_turn())
        self._describe()

    def _time_changed(self) -> None:
        """What stands still is seen from all sides, once round; nothing else is to be chosen."""
        lives = self._lives.isChecked()
        if not lives:
            self._turning.setChecked(True)
            self._limited.setChecked(True)
            self._now.setChecked(True)
        for widget in (self._still, self._every, self._now, self._reset, self._limited):
            widget.setEnabled(lives)
        self._frames.setEnabled(lives and self._limited.isChecked())
        self._turn_changed()

    def _kind_changed(self) -> None:
        ending = self._kind.currentData()
        gif = ending == ".gif"
        self._fps.clear()
        # A GIF counts its delays in hundredths of a second: only these rates are exact.
        self._fps.addItems(list(GIF_RATES if gif else RATES))
        self._fps.setCurrentText("25" if gif else "30")
        self._quality.setEnabled(ending in (".mp4", ".webm", ".webp"))
        self._chroma.setEnabled(ending == ".mp4")
        self._clear.setEnabled(self._clear_at_all and ending != ".mp4")
        self._describe()

    def _describe(self) -> None:
        self._every.setSuffix(" step a frame" if self._every.value() == 1 else " steps a frame")
        choice = self.choice()
        self.changed.emit()
        if choice.frames is None:
            self._length.setText("Records until you stop it (Ctrl+Shift+R)")
            return
        seconds = choice.frames / choice.fps
        frames, steps = choice.frames, choice.frames * choice.every
        words = f"{frames:,} pictures" if choice.still else f"{steps:,} steps"
        words += f", {seconds:.1f} s of film"
        turns = choice.turn * choice.frames / 360.0
        if turns:
            words += ", one turn" if abs(turns - 1) < 0.005 else f", {turns:.2g} turns"
        self._length.setText(words)


def _items(box: QComboBox) -> QStandardItemModel:
    """Return the entries of a list of our own making, which can be greyed one by one."""
    return cast("QStandardItemModel", box.model())


def _row(*widgets: QWidget) -> QHBoxLayout:
    """Put widgets beside each other."""
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
