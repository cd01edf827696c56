"""How good a mesh is to live on, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.dialogs.mesh_picture import MeshPicture
from app.jobs import Jobs
from app.meshes import Read, Wish
from app.panels.training import duration
from app.widgets.gate import GateTable
from app.widgets.section import dim_label
from engine.core.activity import Activity, ActivityStatus

__all__ = ["MeshDialog"]

FEWEST, MOST = 500, 500_000
USUAL = 10_000
"""Vertices that are offered: enough for about a hundred features."""

MEANS = {
    "good": "Patterns grow evenly on it.",
    "usable": "Patterns grow well on it; where triangles are larger, features are, too.",
    "poor": "Patterns will be uneven on it or break: remeshing makes its triangles even.",
}

Make = Callable[[Wish, Activity], Read]


class MeshDialog(QDialog):
    """Shows a mesh with the figures that decide whether patterns grow well on it.

    Parameters
    ----------
    read : Read
        The mesh as it was read.
    make : callable
        Reads or makes it anew, off the window's thread.
    jobs : Jobs
    lived : bool
        Whether the world lives on it already.

    Signals
    -------
    used : Read
        The mesh is to be lived on.
    """

    used = Signal(object)

    def __init__(
        self,
        read: Read,
        make: Make,
        jobs: Jobs,
        *,
        lived: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Mesh quality")
        self._first, self._shown, self._lived = read, read, lived
        self._make, self._jobs = make, jobs
        self._job: Activity | None = None
        self._picture = MeshPicture(jobs)
        self._name = QLabel(read.name)
        self._name.setFont(theme.font("title"))
        self._counts = dim_label(role="body")
        self._gate = GateTable()
        self._means = QLabel()
        self._means.setWordWrap(True)
        self._notes = dim_label(role="body")
        self._notes.setWordWrap(True)
        self._part = QComboBox()
        self._part.setAccessibleName("Which parts to live on")
        self._part.currentIndexChanged.connect(self._part_chosen)
        self._vertices = QSpinBox()
        self._vertices.setRange(FEWEST, MOST)
        self._vertices.setSingleStep(1000)
        self._vertices.setGroupSeparatorShown(True)
        self._vertices.setValue(read.wish.vertices or USUAL)
        self._vertices.setSuffix(" vertices")
        self._sharp = QCheckBox("Keep sharp edges")
        creased = read.quality.sharp_edged
        self._sharp.setChecked(read.wish.sharp or creased)
        self._sharp.setToolTip("Edges at which the surface turns by more than 45 degrees stay")
        self._why = dim_label(
            "It bends mostly at sharp edges: remeshing would round them off unless they are kept.",
            "body",
        )
        self._why.setWordWrap(True)
        self._why.setVisible(creased)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._doing = dim_label(role="body")
        self._stop = QPushButton("Cancel")
        self._stop.clicked.connect(self.reject)
        self._remesh = QPushButton("Remesh")
        self._remesh.clicked.connect(self.remesh)
        self._use = QPushButton()
        self._use.clicked.connect(self._accept)
        self._lay_out()
        self._fill_parts()
        self._show(read)
        self._set_working(False)
        jobs.progressed.connect(self._progressed)
        jobs.ended.connect(self._ended)

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(2 * theme.UNIT)
        right.addWidget(self._name)
        right.addWidget(self._counts)
        right.addWidget(self._gate)
        right.addWidget(self._means)
        right.addWidget(self._notes)
        form = QFormLayout()
        form.setSpacing(2 * theme.UNIT)
        form.addRow("Parts", self._part)
        wish = QHBoxLayout()
        wish.addWidget(self._vertices)
        wish.addWidget(self._sharp)
        wish.addStretch(1)
        form.addRow("Remesh to", wish)
        if not self._why.isHidden():
            form.addRow("", self._why)
        right.addLayout(form)
        right.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(theme.GAP)
        top.addWidget(self._picture)
        top.addLayout(right, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self._bar)
        buttons.addWidget(self._doing, 1)
        buttons.addWidget(self._stop)
        buttons.addWidget(self._remesh)
        buttons.addWidget(self._use)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(theme.GAP)
        layout.addLayout(top)
        layout.addLayout(buttons)

    # What is shown.

    def _fill_parts(self) -> None:
        with QSignalBlocker(self._part):
            for words, component in self._first.parts:
                self._part.addItem(words, component)
                if component == self._first.wish.component:
                    self._part.setCurrentIndex(self._part.count() - 1)
        self._part.setEnabled(len(self._first.parts) > 1)

    def _show(self, read: Read) -> None:
        self._shown = read
        self._counts.setText(read.counts)
        self._gate.set_quality(read.quality)
        self._means.setText(MEANS[read.quality.verdict])
        self._notes.setText("\n".join(read.notes))
        self._notes.setVisible(bool(read.notes))
        self._picture.set_mesh(read)
        words = "Use it remeshed" if read.wish.vertices else "Use as it is"
        self._use.setText("Keep it" if self._lived and read is self._first else words)
        good = read.quality.verdict == "good"
        self._use.setDefault(good)
        self._remesh.setDefault(not good)

    # What is done.

    def remesh(self) -> None:
        """Make the mesh anew with as many even vertices as are wanted."""
        component = self._part.currentData()
        wish = Wish(component, self._vertices.value(), self._sharp.isChecked())
        self._start(wish, f"Remeshing {self._first.name}")

    def _part_chosen(self) -> None:
        self._start(Wish(self._part.currentData()), f"Reading {self._first.name}")

    def _start(self, wish: Wish, title: str) -> None:
        if self._job is not None:
            return
        make = self._make
        self._job = self._jobs.start(
            lambda activity: make(wish, activity), self._made, self._failed, title=title
        )
        self._set_working(True)

    def _made(self, read: Read) -> None:
        self._idle()
        self._show(read)

    def _failed(self, error: Exception) -> None:
        self._idle()
        self._doing.setText(str(error))
        self._doing.setWordWrap(True)

    def _progressed(self, status: ActivityStatus) -> None:
        if self._job is None or status.title != self._job.title:
            return
        fraction = status.fraction
        self._bar.setRange(0, 1000 if fraction is not None else 0)
        if fraction is not None:
            self._bar.setValue(round(1000 * fraction))
        left = f"{duration(status.eta)} left" if status.eta is not None else ""
        self._doing.setText("  ".join(part for part in (status.note, left) if part))

    def _ended(self) -> None:
        if self._job is not None and self._job.status.state == "cancelled":
            self._idle()

    def _idle(self) -> None:
        self._job = None
        self._doing.setText("")
        self._set_working(False)

    def _set_working(self, on: bool) -> None:
        for widget in (self._use, self._remesh, self._vertices, self._sharp):
            widget.setEnabled(not on)
        self._part.setEnabled(not on and len(self._first.parts) > 1)
        self._bar.setVisible(on)
        self._stop.setText("Stop" if on else "Cancel")

    def _accept(self) -> None:
        self.used.emit(self._shown)
        self.accept()

    def reject(self) -> None:
        """Stop what is being done; close the dialog where nothing is."""
        if self._job is not None:
            self._job.cancel()
            return
        super().reject()

    def done(self, result: int) -> None:
        """Close, and give up what is under way."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        super().done(result)
