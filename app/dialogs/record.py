"""What to record: kind of file, size, frame rate, how often, from now or from reset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
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

__all__ = ["RecordChoice", "RecordDialog", "fit_size"]

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
    """The answers: ending of the file ("/" for a folder of frames) and the command's options."""

    ending: str
    size: tuple[int, int]
    fps: float
    every: int
    from_reset: bool
    frames: int | None

    def command(self, path: Path, shown: ViewRequest, ground: tuple[int, int, int]) -> Record:
        """Make the command that records to `path` what is shown, all of the world."""
        return Record(
            path,
            request=replace(shown, region=None, max_size=4096, probes=()),
            size=self.size,
            fps=self.fps,
            every=self.every,
            from_reset=self.from_reset,
            frames=self.frames,
            ground=ground,
        )


def fit_size(extent: tuple[int, int], at_least: int) -> tuple[int, int]:
    """Return width and height: the world times the smallest whole number that reaches `at_least`.

    Whole multiples keep cells square and sharp; both sides are even, as films need.
    """
    rows, columns = extent
    factor = max(1, -(-at_least // max(rows, columns)))
    return (columns * factor + columns * factor % 2, rows * factor + rows * factor % 2)


class RecordDialog(QDialog):
    """Asks how to record a world of `extent` (rows, columns)."""

    def __init__(self, extent: tuple[int, int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Record")
        self._extent = extent
        self._kind = QComboBox()
        for words, ending in KINDS:
            self._kind.addItem(words, ending)
        self._size = QComboBox()
        for side in (256, 512, 720, 1080, 2160):
            width, height = fit_size(extent, side)
            factor = width // extent[1]
            self._size.addItem(f"{width} x {height} ({factor} x)", (width, height))
        self._size.setCurrentIndex(1)
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
        begin, limit = QHBoxLayout(), QHBoxLayout()
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
        self._fps.currentIndexChanged.connect(self._describe)
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
        )

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
        self._length.setText(f"{choice.frames * choice.every:,} steps, {seconds:.1f} s of film")
