"""Diagnostics say what a report needs, and nothing private."""

from __future__ import annotations

import logging
import platform
import sys
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QMessageBox

from app import about
from app.deeds import help as help_deeds
from app.diagnostics import LINES, diagnostics, installed, report
from app.log.lines import Line


def test_what_a_report_needs_is_there(qapp: Any) -> None:
    lines = [Line(1e9 + n, logging.INFO, "engine", f"line {n}.") for n in range(LINES + 5)]
    text = diagnostics("QPainter", "CPU, 2 threads", lines)
    for part in (
        f"Primordia {installed('primordia')}, from sources",
        f"Python {platform.python_version()}",
        "drawn by QPainter",
        "Computing on CPU, 2 threads",
        "GB free",
        "Screen ",
        "at scale ",
        f"torch {installed('torch')}",
        "Graphics card: ",
        f"The last {LINES} lines of the log:",
        f"line {LINES + 4}.",
    ):
        assert part in text
    assert "line 4." not in text
    assert installed("no-such-thing") == "not installed"


def test_nothing_private_is_in_a_report(qapp: Any) -> None:
    secret = Path.home() / "diary" / "cat.png"
    line = Line(1e9, logging.ERROR, "engine", f"cannot read {secret}")
    facts = diagnostics("QPainter", "", [line])
    text = report(f"{secret}: broken", f'File "{secret}", line 1', facts)
    assert str(Path.home()) not in text
    assert "diary" not in text
    assert text.count("cat.png") == 3
    assert platform.node() not in text or len(platform.node()) < 4


def test_a_bundle_with_codecs_says_that_it_is_under_the_gpl(monkeypatch: Any) -> None:
    assert about.offered_under() == "Apache License 2.0."
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "GNU General Public License 3.0" in about.about_text()
    monkeypatch.setattr(about, "find_spec", lambda name: None)
    assert "GNU General" not in about.about_text()


def test_the_page_of_the_project_is_asked_for_only_by_hand(
    desk: Any, monkeypatch: Any, answer: Any
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        help_deeds.QDesktopServices, "openUrl", lambda url: bool(opened.append(url.toString()))
    )
    monkeypatch.setattr(help_deeds, "project_page", lambda: "")
    desk.window.user_actions.refresh()
    assert not desk.window.user_actions["help.updates"].isEnabled()
    monkeypatch.setattr(help_deeds, "project_page", lambda: "https://example.org/primordia")
    desk.window.user_actions.refresh()
    assert opened == []
    desk.run("help.updates")
    assert opened == ["https://example.org/primordia"]
    assert "No browser answers; the page is https://example.org" in desk.toasts()[-1]
    desk.run("help.log")
    assert opened[1].startswith("file://")
    assert "No file manager answers; the log is in" in desk.toasts()[-1]
    desk.run("help.about")
    (box,) = desk.window.findChildren(QMessageBox)
    assert "Primordia" in box.text()
    next(b for b in box.buttons() if b.text() == "Licences").click()
    guide = desk.window.shell.parts["guide"]
    assert guide.panel.place == ("licences.md", "")
    guide._dock.hide()
