"""Worlds of plugins follow when their code has run, in a job; what cannot run stays in the file."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.session.unpack import unpack
from engine.core.activity import null_activity

SOURCE = """
import sys
import threading
import numpy as np
from engine.core.grid import GridSystem
from engine.core.params import Params, live
from engine.core.system import SystemInfo

gate = getattr(sys, "plugin_gate", None)
if gate is not None:
    sys.plugin_thread = threading.current_thread()
    gate.wait(60)
if getattr(sys, "plugin_fails", False):
    raise RuntimeError("no field today")


class BlinkParams(Params):
    rate: float = live(0.25, "How fast", ge=0.0, le=1.0)


class Blink(GridSystem):
    info = SystemInfo("blink", "Blink", "Cells blink.", "None, 2026", "Grids")
    Params = BlinkParams

    def build(self):
        self.cells = np.zeros((16, 16, 1), np.float32)

    def start(self):
        self.cells[...] = 0

    def advance(self, poll):
        self.cells += self.params.rate

    def field(self):
        return self.cells

    def channels(self):
        return ("light",)
"""
LINE = SOURCE.splitlines().index('    raise RuntimeError("no field today")') + 1


def part(desk: Any) -> Any:
    return desk.window.shell.parts["session"]


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Hold the plugin up while it is imported, until the test lets it go on."""
    made = sys.plugin_gate = threading.Event()  # type: ignore[attr-defined]
    yield made
    made.set()
    for name in [name for name in vars(sys) if name.startswith("plugin_")]:
        delattr(sys, name)
    for name in [name for name in sys.modules if name.startswith("primordia_plugin_")]:
        del sys.modules[name]


@pytest.fixture
def kept(desk: Any, tmp_path: Path, gate: threading.Event) -> Path:
    """Save a session of Life and a plugin's world side by side, and forget that the plugin ran."""
    folder = tmp_path / "home" / "plugins"
    folder.mkdir(parents=True)
    (folder / "blink.py").write_text(SOURCE)
    gate.set()
    desk.run("plugins.reload")
    desk.run("plugins.allow", "blink.py")
    plugins = desk.window.shell.parts["plugins"].plugins
    desk.until(lambda: plugins.state(plugins.named("blink.py")) == "running", "the plugin")
    for slug in ("life", "blink"):
        desk.lab.open_preset(slug, replace=False)
        desk.alive()
        desk.until(lambda: desk.state.step > 3, "some steps")
        desk.run("transport.play")
        desk.until(lambda: not desk.state.playing, "a pause")
    desk.run("view.split-right")
    path = tmp_path / "two.primordia"
    desk.run("session.save-as", str(path))
    desk.until(lambda: part(desk).path == path, "the saved session")
    desk.run("session.new")
    plugins._runs.clear()
    gate.clear()
    return path


def open_rest(desk: Any, path: Path) -> None:
    desk.run("file.open", str(path))
    desk.until(lambda: len(desk.lab.worlds) == 1 and not part(desk).busy, "the rest")
    desk.alive()
    assert desk.world.slug == "life"


def titles(path: Path) -> list[str]:
    return [world.kept.slug for world in unpack(path, null_activity()).worlds]


def test_the_rest_is_open_while_a_plugin_runs_and_its_world_follows(
    desk: Any, kept: Path, gate: threading.Event
) -> None:
    open_rest(desk, kept)
    running = [activity.title for activity in desk.window.jobs.under_way.running()]
    assert "Loading blink.py" in running
    assert part(desk).manifest().name == "", "what saves by itself does not claim to be the file"
    gate.set()
    desk.until(lambda: len(desk.lab.worlds) == 2 and not part(desk).busy, "the plugin's world")
    blink = desk.lab.worlds[1]
    step = unpack(kept, null_activity()).worlds[1].kept.step
    desk.until(lambda: blink.state.step == step > 3, "its state")
    assert sys.plugin_thread is not threading.main_thread()  # type: ignore[attr-defined]
    assert "split" in desk.window.shell.workspace.memento()["tree"]
    assert desk.world is blink, "it was in front"
    assert part(desk)._late is None
    desk.until(lambda: not part(desk).modified(), "an unmodified session")
    part(desk).save()
    desk.until(lambda: not part(desk).busy, "the saved session")
    assert titles(kept) == ["life", "blink"]


def test_what_a_plugin_cannot_bring_stays_in_the_file(
    desk: Any, kept: Path, gate: threading.Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sys.plugin_fails = True  # type: ignore[attr-defined]
    open_rest(desk, kept)
    gate.set()
    desk.until(lambda: any("Not opened" in words for words in desk.toasts()), "what is missing")
    assert any("blink.py" in words and f"line {LINE}" in words for words in desk.toasts())
    assert len(desk.lab.worlds) == 1
    assert not part(desk).busy
    asked: list[str] = []

    def to_save(argument: str, *_: Any) -> Path:
        asked.append(argument)
        return tmp_path / "one.primordia"

    monkeypatch.setattr(desk.window.shell.asking, "to_save", to_save)
    part(desk).save()
    desk.until(lambda: part(desk).path == tmp_path / "one.primordia", "another file")
    assert asked == [""]
    assert titles(kept) == ["life", "blink"], "the file is as it was"
    assert titles(tmp_path / "one.primordia") == ["life"]


def test_a_plugin_that_does_not_end_holds_nothing_up(
    desk: Any, kept: Path, gate: threading.Event
) -> None:
    open_rest(desk, kept)
    told: list[str] = []
    for number in range(8):  # more than there are processors
        desk.window.jobs.start(lambda activity, n=number: str(n), told.append, told.append)
    desk.until(lambda: len(told) == 8, "other jobs")
    desk.run("session.new")
    assert part(desk)._late is None
    gate.set()
    desk.until(lambda: not desk.window.jobs.busy, "the end of the plugin's job")
    desk.quiet(0.05)
    assert desk.lab.worlds == [], "nobody waits for it any more"


def test_a_recovered_session_keeps_its_files_until_all_is_there(
    desk: Any, kept: Path, gate: threading.Event
) -> None:
    done: list[Callable[[], None]] = []
    part(desk).load([kept], recovered=lambda: done.append(gate.set))
    desk.until(lambda: len(desk.lab.worlds) == 1 and not part(desk).busy, "the rest")
    assert not done
    gate.set()
    desk.until(lambda: bool(done), "the end of the recovery")
    assert len(desk.lab.worlds) == 2
