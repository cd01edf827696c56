"""What to record: kind of file, size, frame rate, how often, from now or from reset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
from engine.core.commands import Record
from engine.core.views import ViewRequest

__all__ = ["RecordChoice", "RecordDialog"]

KINDS = (
    ("MP4 film (H.264)", ".mp4"),
    ("WebM film (VP9)", ".webm"),
    ("GIF animation", ".gif"),
    ("PNG frames in a folder", "/"),
)
GIF_RATES = ("50", "33.3", "25", "20", "10")
RATES = ("60", "50", "30", "25", "24", "10")


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

    def command(self, path: Path, request: ViewRequest, ground: tuple[int, int, int]) -> Record:
        """Make the command that records to `path` what is asked for."""
        return Record(
            path,
            request=request,
            size=self.size,
            fps=self.fps,
            every=self.every,
            from_reset=self.from_reset,
            frames=self.frames,
            ground=ground,
            turn=self.turn,
            still=self.still,
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
    """

    def __init__(
        self,
        sizes: Sequence[tuple[str, tuple[int, int]]],
        first: int,
        *,
        solid: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Record")
        self._kind = QComboBox()
        for words, ending in KINDS:
            self._kind.addItem(words, ending)
        self._size = QComboBox()
        for words, size in sizes:
            self._size.addItem(words, size)
        self._size.setCurrentIndex(first)
        self._lives = QRadioButton("While it lives")
        self._stands = QRadioButton("Turn around what is there now")
        self._stands.setToolTip("Time stands still until the film has gone round once")
        self._lives.setChecked(True)
        time = QButtonGroup(self)
        time.addButton(self._lives)
        time.addButton(self._stands)
        self._still = QRadioButton("As I see it")
        self._turning = QRadioButton("Turntable, once round in")
        self._still.setChecked(True)
        view = QButtonGroup(self)
        view.addButton(self._still)
        view.addButton(self._turning)
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
        self._fps = QComboBox()
        self._every = QSpinBox()
        self._every.setRange(1, 10_000)
        self._now = QRadioButton("From now")
        self._reset = QRadioButton("From reset")
        self._now.setChecked(True)
        group = QButtonGroup(self)
        group.addButton(self._now)
        group.addButton(self._reset)
        self._limited = QCheckBox("Stop after")
        self._limited.setChecked(True)
        self._frames = QSpinBox()
        self._frames.setRange(1, 1_000_000)
        self._frames.setValue(300)
        self._frames.setSuffix(" frames")
        self._limited.toggled.connect(self._frames.setEnabled)
        self._length = QLabel()
        self._length.setProperty("dim", True)
        begin, limit, looking, what = (QHBoxLayout() for _ in range(4))
        for widget in (self._lives, self._stands):
            what.addWidget(widget)
        what.addStretch(1)
        for part in (self._still, self._turning, self._round):
            looking.addWidget(part)
        looking.addStretch(1)
        begin.addWidget(self._now)
        begin.addWidget(self._reset)
        begin.addStretch(1)
        limit.addWidget(self._limited)
        limit.addWidget(self._frames)
        limit.addStretch(1)
        form = QFormLayout(self)
        form.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        form.setSpacing(2 * theme.UNIT)
        form.addRow("File", self._kind)
        form.addRow("Size", self._size)
        form.addRow("Film", what)
        form.addRow("View", looking)
        for row in (what, looking):
            form.setRowVisible(row, solid)
        form.addRow("Frames/s", self._fps)
        form.addRow("Every", self._every)
        form.addRow("Begin", begin)
        form.addRow("End", limit)
        form.addRow("", self._length)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        record = buttons.addButton("Choose file...", QDialogButtonBox.ButtonRole.AcceptRole)
        record.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
        self._kind.currentIndexChanged.connect(self._kind_changed)
        self._fps.currentIndexChanged.connect(self._turn_changed)
        self._frames.valueChanged.connect(self._describe)
        self._limited.toggled.connect(self._describe)
        self._every.valueChanged.connect(self._describe)
        self._kind_changed()

    def choice(self) -> RecordChoice:
        """Return the answers as they stand."""
        return RecordChoice(
            ending=self._kind.currentData(),
            size=self._size.currentData(),
            fps=float(self._fps.currentText() or 30),
            every=self._every.value(),
            from_reset=self._reset.isChecked(),
            frames=self._frames.value() if self._limited.isChecked() else None,
            turn=self._turn(),
            still=self._stands.isChecked(),
        )

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
        gif = self._kind.currentData() == ".gif"
        self._fps.clear()
        # A GIF counts its delays in hundredths of a second: only these rates are exact.
        self._fps.addItems(list(GIF_RATES if gif else RATES))
        self._fps.setCurrentText("25" if gif else "30")
        self._describe()

    def _describe(self) -> None:
        self._every.setSuffix(" step a frame" if self._every.value() == 1 else " steps a frame")
        choice = self.choice()
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
