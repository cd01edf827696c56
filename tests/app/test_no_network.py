"""The program sends nothing and asks the network for nothing."""

from __future__ import annotations

import ast
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TALKERS = {"socket", "ssl", "http", "urllib.request", "ftplib", "smtplib", "requests", "aiohttp"}


def imported(path: Path) -> set[str]:
    """Names of the modules that a file imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def test_no_file_of_ours_imports_what_talks_to_a_network() -> None:
    files = [path for room in ("app", "engine") for path in (ROOT / room).rglob("*.py")]
    assert len(files) > 300
    for path in files:
        for name in imported(path):
            talks = any(name == talker or name.startswith(f"{talker}.") for talker in TALKERS)
            assert not talks, f"{path.relative_to(ROOT)} imports {name}"
            assert "QtNetwork" not in name, f"{path.relative_to(ROOT)} imports {name}"


def test_the_check_sees_what_it_looks_for(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("def f():\n    from urllib import request\n    import http.client as c\n")
    assert {"urllib.request", "http.client"} <= imported(path)


def test_a_window_that_is_used_opens_no_socket(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(*arguments: object, **more: object) -> None:
        asked.append(arguments)
        raise OSError("no network in this test")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    desk.open("life", playing=True)
    desk.run("help.guide", "licences.md")
    desk.run("help.diagnostics")
    desk.run("help.about")
    desk.window.gallery.search()
    desk.run("world.open", "gray-scott")
    desk.alive()
    desk.quiet(0.2)
    assert asked == []
    assert "PySide6.QtNetwork" not in sys.modules
    desk.window.shell.parts["guide"]._dock.hide()
    for dialog in desk.window.findChildren(object):
        if type(dialog).__name__ == "QMessageBox":
            dialog.close()
