"""What is closed is gone: pages, viewports, worlds, threads and windows."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from app import lab
from engine.core.commands import Brush, Save
from engine.core.views import Stroke

SLUGS = ("life", "gray-scott", "growing-nca", "texture-nca")


def gone(desk: Any, *references: Any) -> bool:
    for _ in range(2):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    return not any(reference() is not None for reference in references)


def threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("world")]


@pytest.mark.parametrize("slug", SLUGS)
def test_closing_a_world_frees_it(desk: Any, slug: str) -> None:
    for _ in range(5):
        desk.run("world.open", slug)
        desk.alive()
        desk.until(lambda: desk.state.step > 0, "a step")
        references = (
            weakref.ref(desk.world),
            weakref.ref(desk.page),
            weakref.ref(desk.viewport),
            weakref.ref(desk.page.overlay),
            weakref.ref(desk.world._runner),
        )
        desk.run("world.close")
        assert desk.world is None
        desk.until(lambda r=references: gone(desk, *r), "what was closed to be gone")
        assert not threads()
    assert not desk.toasts()


def test_a_replaced_world_is_freed(desk: Any) -> None:
    desk.run("world.open", "life")
    first = desk.alive()
    reference = weakref.ref(first)
    del first
    desk.run("world.open", "gray-scott")
    desk.alive()
    desk.until(lambda: gone(desk, reference), "the first world to be gone")
    assert threads() == ["world gray-scott"]


def test_a_world_with_an_open_panel_and_a_pin_is_freed(desk: Any) -> None:
    desk.run("world.open", "gray-scott")
    desk.alive()
    desk.run("view.bottom")
    desk.page.picked.emit((3, 4))
    desk.until(lambda: desk.world.views["world"].probed, "the probe")
    desk.run("world.new", "life")
    desk.alive()
    reference = weakref.ref(desk.lab.worlds[0])
    desk.window.close_world(desk.lab.worlds[0])
    desk.until(lambda: gone(desk, reference), "the first world to be gone")


def test_closing_the_window_ends_everything(desk: Any) -> None:
    for slug in ("life", "gray-scott"):
        desk.open(slug, playing=True)
    assert len(threads()) == 2
    desk.window.close()
    assert not threads()
    assert not desk.lab.worlds


def test_a_recording_is_finished_by_closing(desk: Any, tmp_path: Any) -> None:
    desk.open("life", playing=True)
    path = tmp_path / "cut short.gif"
    desk.run("record.start", str(path))
    desk.until(lambda: desk.state.recording and desk.state.recording.frames >= 2, "frames")
    desk.window.close()
    from PIL import Image

    with Image.open(path) as film:
        assert film.n_frames >= 2


def test_a_window_of_a_user_asks_before_its_worlds_are_lost(desk: Any) -> None:
    session = desk.window.shell.parts["session"]
    desk.run("world.open", "life")
    desk.alive()
    desk.world.submit(Brush(Stroke("world", "erase", ((9.0, 9.0),))))
    desk.until(session.modified, "something to lose")
    session.asks = True  # as in a window that keeps what it has on disk
    assert not desk.window.close()
    desk.until(lambda: desk.dialogs("Keep"), "the question")[0].reject()
    assert desk.window.isVisible()
    assert desk.world.state.alive
    session.asks = False


def test_a_trained_world_stays_when_another_is_opened(desk: Any) -> None:
    desk.run("world.open", "growing-nca")
    desk.alive().unsaved = True
    desk.run("world.open", "life")
    desk.alive()
    assert [world.slug for world in desk.lab.worlds] == ["growing-nca", "life"]


def test_the_leak_check_finds_leaks(desk: Any, leaks_now: Any) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QWidget

    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="world left")
    widget, timer = QWidget(), QTimer()
    widget.setObjectName("forgotten")
    timer.start(1000)
    thread.start()
    found = "; ".join(leaks_now())
    stop.set()
    thread.join()
    timer.stop()
    widget.deleteLater()
    assert "QWidget(forgotten)" in found
    assert "world left" in found
    assert "timer of QTimer" in found


def test_the_window_does_not_wait_for_a_world_that_closes(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = desk.open("life", playing=True)
    waits: list[float] = []
    join = type(world).join

    def counted(self: Any, timeout: float) -> bool:
        waits.append(timeout)
        return bool(join(self, timeout))

    monkeypatch.setattr(type(world), "join", counted)
    desk.run("world.close")
    assert desk.world is None
    desk.until(lambda: waits and not threads(), "the end of its thread")
    assert max(waits) == 0.0
    assert not desk.lab.abandoned


def stuck(desk: Any, seconds: float) -> threading.Event:
    """Let the next tick of the selected world last; the event ends it."""
    begun, end = threading.Event(), threading.Event()

    def step(poll: Any) -> None:
        begun.set()
        end.wait(seconds)

    desk.world._runner._stage.system.step = step
    assert begun.wait(30)
    return end


def test_a_window_does_not_wait_for_what_computes_on(desk: Any) -> None:
    desk.open("life", playing=True)
    end = stuck(desk, 60)
    desk.lab.close_all()
    try:
        assert desk.lab.abandoned
        assert threads() == ["world life"]
    finally:
        end.set()


def test_a_window_waits_for_a_file_that_was_asked_for(desk: Any, tmp_path: Any) -> None:
    world = desk.open("life", playing=True)
    stuck(desk, 3 * lab._HASTE)
    world.submit(Save(tmp_path / "world.safetensors", "world"))
    desk.lab.close_all()
    assert not desk.lab.abandoned
    assert (tmp_path / "world.safetensors").stat().st_size
