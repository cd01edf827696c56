"""Plugins without a window: listed, allowed by name, refused until then, blamed by line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app import cli
from engine.core import registry
from engine.core.presets import RESOURCES

Plugin = Callable[..., Path]


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugin]:
    monkeypatch.setenv("PRIMORDIA_HOME", str(tmp_path / "home"))
    folder = Path(os.environ["PRIMORDIA_HOME"]) / "plugins"

    def write(change: Callable[[str], str] = str, name: str = "forest_fire.py") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        source = (RESOURCES / "guide" / "forest_fire.py").read_text("utf-8")
        (folder / name).write_text(change(source))
        return folder / name

    yield write
    for name in [name for name in sys.modules if name.startswith("primordia_plugin_")]:
        del sys.modules[name]


RUN = ["run", "--system", "forest-fire", "--steps", "3", "--set", "size=32"]


def test_a_file_that_was_not_allowed_is_refused_in_one_line(plugin: Plugin, capsys: Any) -> None:
    plugin()
    assert cli.main(RUN) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "not allowed yet" in said
    assert "primordia list --allow-plugin forest_fire.py" in said
    assert not [name for name in sys.modules if name.startswith("primordia_plugin_")]


def test_an_allowed_one_runs_and_a_changed_one_asks_again(plugin: Plugin, capsys: Any) -> None:
    plugin()
    assert cli.main(["list", "--plugins"]) == 0
    assert "not allowed yet" in capsys.readouterr().out
    assert cli.main(["list", "--allow-plugin", "forest_fire.py", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["plugins"]
    assert one["allowed"]
    assert one["systems"] == ["forest-fire"]
    assert cli.main([*RUN, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["step"] == 3
    assert registry.plugins() is None  # the folder is known only while a verb runs
    plugin(lambda source: source + "# changed\n")
    assert cli.main(RUN) == 2
    assert "was changed since it was allowed" in capsys.readouterr().err


def test_an_error_in_it_names_file_and_line(plugin: Plugin, capsys: Any) -> None:
    path = plugin(lambda source: source.replace("fire = self.cells > 0.75", "fire = 1 / 0"))
    assert cli.main(["list", "--allow-plugin", str(path)]) == 0
    capsys.readouterr()
    assert cli.main(RUN) == 2
    said = capsys.readouterr().err
    lines = path.read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "1 / 0" in text)
    assert f"forest_fire.py, line {line}: ZeroDivisionError: division by zero" in said


def test_what_cannot_be_read_cannot_be_allowed(plugin: Plugin, capsys: Any) -> None:
    plugin(lambda source: source + "def f(:\n")
    assert cli.main(["list", "--allow-plugin", "forest_fire.py"]) == 2
    assert "SyntaxError" in capsys.readouterr().err
    assert cli.main(["list", "--allow-plugin", "other.py"]) == 2
    assert "is not in the folder" in capsys.readouterr().err
