"""A child is started by the interpreter from sources, and by the program itself in a bundle."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.child import command as program
from engine.core import child
from engine.core.errors import BadInput

MODULE = "engine.meshes.remesh_child"


def test_from_sources_the_interpreter_runs_the_module() -> None:
    assert child.command(MODULE, "1") == [sys.executable, "-m", MODULE, "1"]
    assert program("list") == [sys.executable, "-m", "app.cli", "list"]


def test_in_a_bundle_the_program_runs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert child.command(MODULE, "1") == [sys.executable, "_child", MODULE, "1"]
    assert program("list") == [sys.executable, "list"]


def test_other_modules_are_not_run() -> None:
    with pytest.raises(BadInput, match="os is no module"):
        child.command("os")
    with pytest.raises(BadInput, match="os is no module"):
        child.run(["os"])
    with pytest.raises(BadInput, match="no module was named"):
        child.run([])


def test_the_hidden_verb_runs_the_child() -> None:
    """Without a mesh the child says that none was handed over: it has come as far as that."""
    words = [sys.executable, "-m", "app.cli", child.VERB, MODULE, "3", "1", "100", "smooth"]
    done = subprocess.run(
        [*words, str(8 << 30)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "the mesh was not handed over" in done.stderr
