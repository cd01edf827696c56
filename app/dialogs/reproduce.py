"""Run a published figure as a check: claim, published value, measured value, verdict.

An experiment may take minutes of pure computing, so it runs as a child process
(``primordia reproduce NAME --json``) that can be cancelled without touching the open worlds.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QProcess
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from engine.core.experiment import Experiment

__all__ = ["ReproduceDialog"]

WIDTH = 520


class ReproduceDialog(QDialog):
    """One experiment: what it claims, and what this machine measures."""

    def __init__(self, experiment: Experiment, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Reproduce {experiment.name}")
        self.setMinimumWidth(WIDTH)
        self._experiment = experiment
        self._process: QProcess | None = None
        self._problem = ""
        self._measured = QLabel("not run yet")
        self._verdict = QLabel("")
        self._verdict.setFont(theme.font("strong"))
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.hide()
        self._run = QPushButton("Run")
        self._run.setDefault(True)
        self._run.clicked.connect(self.start)
        self._stop = QPushButton("Cancel")
        self._stop.setEnabled(False)
        self._stop.clicked.connect(self.cancel)
        form = QFormLayout()
        form.setSpacing(2 * theme.UNIT)
        for name, text in (
            ("Claim", experiment.claim),
            ("Paper", experiment.paper),
            ("Published", experiment.expected),
            ("Tolerance", experiment.tolerance),
            ("Takes", f"about {experiment.minutes:g} min on two cores"),
        ):
            form.addRow(name, _wrapped(text))
        form.addRow("Measured", self._measured)
        form.addRow("", self._verdict)
        buttons = QHBoxLayout()
        buttons.addWidget(self._bar, 1)
        buttons.addStretch(1)
        buttons.addWidget(self._stop)
        buttons.addWidget(self._run)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(theme.GAP)
        layout.addLayout(form)
        layout.addLayout(buttons)

    def start(self) -> None:
        """Ask for the files that it needs, then run."""
        files: dict[str, str] = {}
        for name, what in self._experiment.needs.items():
            found, _ = QFileDialog.getOpenFileName(self, f"Choose {what}")
            if not found:
                self._show("skipped", f"needs the published file: {what}", "dim")
                return
            files[name] = found
        self.run(files)

    def run(self, files: Mapping[str, str | Path]) -> None:
        """Run with these files."""
        arguments = ["-m", "app.cli", "reproduce", self._experiment.name, "--json"]
        for name, path in files.items():
            arguments += [f"--{name}", str(path)]
        self._process = QProcess(self)
        self._process.setWorkingDirectory(str(Path(__file__).parents[2]))
        self._process.readyReadStandardError.connect(self._progressed)
        self._problem = ""
        self._bar.setRange(0, 0)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._finished)
        self._process.start(sys.executable, arguments)
        self._bar.show()
        self._run.setEnabled(False)
        self._stop.setEnabled(True)
        self._show("", "measuring...", "dim")

    def running(self) -> bool:
        """Whether the check is under way."""
        return self._process is not None

    def verdict(self) -> str:
        """Return what is shown: "passed", "missed", "skipped" or ""."""
        return self._verdict.text()

    def cancel(self) -> None:
        """End the child."""
        if self._process is not None:
            process, self._process = self._process, None
            process.finished.disconnect(self._finished)
            process.errorOccurred.disconnect(self._finished)
            process.kill()
            process.waitForFinished(2000)
            self._idle()
            self._show("", "cancelled", "dim")

    def done(self, result: int) -> None:
        self.cancel()
        super().done(result)

    def _progressed(self) -> None:
        if self._process is None:
            return
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._problem += text
        shares = re.findall(r"(\d+)\s?%", text)
        if shares:
            self._bar.setRange(0, 100)
            self._bar.setValue(int(shares[-1]))

    def _finished(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        self._idle()
        output = bytes(process.readAllStandardOutput().data())
        rest = bytes(process.readAllStandardError().data()).decode("utf-8", "replace")
        problem = self._problem + rest
        try:
            outcome = json.loads(output)
            status = str(outcome["status"])
            measured = outcome["measured"]
        except (ValueError, KeyError, TypeError):
            lines = problem.strip().splitlines()
            self._show("failed", lines[-1] if lines else "the check ended unexpectedly", "danger")
            return
        words = f"{measured:.4g} in {outcome['seconds']:.0f} s" if measured is not None else ""
        role = {"passed": "accent", "missed": "danger"}.get(status, "dim")
        self._show(status, words or str(outcome.get("note", "")), role)

    def _idle(self) -> None:
        self._bar.hide()
        self._run.setEnabled(True)
        self._stop.setEnabled(False)

    def _show(self, verdict: str, measured: str, role: str) -> None:
        self._verdict.setText(verdict)
        self._verdict.setProperty("role", role)
        self._verdict.style().unpolish(self._verdict)
        self._verdict.style().polish(self._verdict)
        self._measured.setText(measured)


def _wrapped(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    return label
