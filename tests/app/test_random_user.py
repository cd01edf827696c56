"""A user who does anything at any time: no exception, no stall, no growing memory.

``PRIMORDIA_RANDOM_MINUTES=30 pytest tests/app/test_random_user.py -s`` is the long form, which also
judges stalls and memory; without it six seconds are played, always the same ones, and only
exceptions count, for the machines that run every change are busy with other things. A failing run
tells its seed, which ``PRIMORDIA_RANDOM_SEED`` takes, and what was done last.
"""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import random
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from PIL import Image
from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QDesktopServices, QDrag
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QInputDialog,
    QMessageBox,
    QTabBar,
)

from app import gui
from app.deeds import ACTIONS
from app.hands import let_run
from engine.core import courtesy, registry
from engine.core.errors import UserError
from engine.core.memory import give_back, keep_little

MINUTES = float(os.environ.get("PRIMORDIA_RANDOM_MINUTES", "0.1"))
LONG = MINUTES >= 10
WARM = MINUTES > 1
STALL = float(os.environ.get("PRIMORDIA_STALL_MS", "200")) / 1000
FOR_EVER = 90.0
"""Seconds after which one deed is taken for one that never ends."""
SEED = int(os.environ.get("PRIMORDIA_RANDOM_SEED", str(int(time.time())) if WARM else "1"))
STORY = os.environ.get("PRIMORDIA_RANDOM_STORY", "")
BUDGET_MB = 50
STEPS = 40
"""Deeds between two measurements of the memory."""
MOST_WORLDS = 4
# What leaves the window, starts children for minutes, or undoes the conditions of this test.
LEFT_OUT = {"file.quit", "settings.reset", "reproduce.open", "reproduce.run", "reproduce.run-all"}
DEEDS = [spec.id for spec in ACTIONS if spec.id not in LEFT_OUT]
FILES = {
    "file.screenshot": "picture.png",
    "file.save-world": "world.safetensors",
    "file.save-model": "model.safetensors",
    "record.start": "film.gif",
    "session.save-as": "session.primordia",
}
KEY_NAMES = (
    *("Space", "Left", "Right", "Up", "Down", "Escape", "Return", "Tab", "Home", "End", "PageUp"),
    *("PageDown", "Delete", *"ACDFHIOPVW125", "Plus", "Minus", "BracketLeft", "BracketRight"),
)
KEYS = [getattr(Qt.Key, f"Key_{name}") for name in KEY_NAMES]
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
MODIFIERS = [NONE, NONE, NONE, SHIFT, Qt.KeyboardModifier.ControlModifier]
SHARE = st.floats(0.02, 0.98)
PLACE = st.tuples(SHARE, SHARE)


class StallWatch(QObject):
    """Notes when the event loop does not turn, and what the thread of the window did then."""

    def __init__(self) -> None:
        super().__init__()
        self.stalls: list[tuple[float, str, str]] = []
        self.doing = self.asked = ""
        self.story: Callable[[], str] = str
        self.on = False
        self._last = time.monotonic()
        self._spent = time.thread_time()
        self._swept = 0.0
        self._sweep = 0.0
        gc.callbacks.append(self._collecting)
        self._stack = ""
        self.begun = float("inf")
        self._main = threading.get_ident()
        self._timer = QTimer(self, interval=10)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.beat)
        self._timer.start()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="stall watch", daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """Look away until `go_on`: what the test itself does is no stall of the window."""
        if self.on:
            self.beat()
        self.on = False

    def go_on(self) -> None:
        """Look again, from now on."""
        self._last, self._stack, self.on = time.monotonic(), "", True
        self._spent, self._swept = time.thread_time(), 0.0

    def beat(self) -> None:
        now, spent = time.monotonic(), time.thread_time()
        if self.on and now - self._last > STALL:
            own = (
                f"{1000 * (spent - self._spent):.0f} ms its own, {1000 * self._swept:.0f} ms of gc"
            )
            self.stalls.append((now - self._last, f"{self.doing} ({own})", self._stack))
        self._last, self._stack, self._spent, self._swept = now, "", spent, 0.0

    def _collecting(self, phase: str, info: dict[str, int]) -> None:
        """Add up how long the collector of garbage kept the thread of the window."""
        if threading.get_ident() == self._main:
            if phase == "start":
                self._sweep = time.monotonic()
            else:
                self._swept += time.monotonic() - self._sweep

    def _look(self) -> None:
        while not self._ended.wait(0.02):
            if time.monotonic() - self.begun > FOR_EVER:
                self._give_up()
            if self.on and time.monotonic() - self._last > 0.6 * STALL and not self._stack:
                frame = sys._current_frames().get(self._main)
                self._stack = _ours(traceback.format_stack(frame)) if frame else "?"
                del frame  # or what it holds, a painter for one, would outlive its method

    def _give_up(self) -> None:
        """End the process: a loop within the loop of events never comes back by itself."""
        words = f"it never came back from {self.doing}; {self.asked}"
        sys.stderr.write(f"\nseed {SEED}: {words}\n{self.story()}\n")
        faulthandler.dump_traceback(all_threads=True)
        os._exit(1)

    def close(self) -> None:
        self._timer.stop()
        gc.callbacks.remove(self._collecting)
        self._ended.set()
        self._thread.join()


def _ours(stack: list[str]) -> str:
    """Leave out what runs the test, and keep the deepest lines."""
    return "".join([entry for entry in stack if "site-packages" not in entry][-8:])


def _keep(words: str) -> None:
    """Write it down at once, where that was asked for: it stays when the process dies."""
    if STORY:
        with Path(STORY).open("a", encoding="utf-8") as story:
            story.write(f"{words}\n")


class Errors(logging.Handler):
    """Keeps the tracebacks that anything logs."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info or "Traceback" in text:
            self.found.append(self.format(record))
            _keep(self.found[-1])


class User:
    """Somebody at the real window who has no plan."""

    def __init__(self, desk: Any, folder: Path) -> None:
        self.desk, self.folder = desk, folder
        self.watch, self.errors = StallWatch(), Errors()
        self.done: deque[str] = deque(maxlen=30)
        self.chance = random.Random(SEED)
        self.count = 0
        # Four: what one clicks may open the next dialog in its call, and Qt calls no timer twice.
        self._guards = [QTimer(interval=100) for _ in range(4)]
        for guard in self._guards:
            guard.timeout.connect(self._answer)
            guard.start()
        logging.getLogger().addHandler(self.errors)
        self.watch.story = self.story
        self.files = list(self._files())

    def close(self) -> None:
        logging.getLogger().removeHandler(self.errors)
        for guard in self._guards:
            guard.stop()
        # Qt takes the keys of the last event for those that are held down until the next one.
        QTest.keyRelease(self.desk.window, Qt.Key.Key_Shift, NONE)
        self.watch.close()

    def _files(self) -> Iterator[Path]:
        noise = np.random.default_rng(1).integers(0, 256, (48, 48, 4), np.uint8)
        good = self.folder / "good.png"
        Image.fromarray(noise).save(good)
        yield good
        for name, content in (
            ("broken.png", good.read_bytes()[:300]),
            ("broken.safetensors", b"\xff" * 64),
            ("broken.obj", b"v 1 2\nf 1 2 3\n"),
            ("broken.primordia", b"PK\x03\x04 no archive"),
            ("words.txt", b"[[{.>]-]  ]-]>.{[["),
            (
                "solid.obj",
                b"v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n",
            ),
        ):
            path = self.folder / name
            path.write_bytes(content)
            yield path

    def does(self, words: str) -> None:
        self.count += 1
        self.done.append(words)
        _keep(words)
        self.watch.doing, self.watch.begun = words, time.monotonic()
        self.watch.go_on()

    def look_on(self, seconds: float = 0.02) -> None:
        """Let the window run; what was done ends here."""
        let_run(round(1000 * seconds))
        self.watch.pause()

    def _answer(self) -> None:
        """Answer what a dialog or a menu asks, in any way; files are never chosen."""
        QDrag.cancel()  # of a word in a message, say: its loop waits for a mouse that nobody holds
        popup, shown = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        self.watch.asked = f"popup {popup}, dialog {shown}"
        if popup is not None and popup.isVisible():
            popup.close()
            return
        if isinstance(shown, QMessageBox) and shown.buttons():
            self.chance.choice(shown.buttons()).click()
        elif isinstance(shown, QInputDialog) and self.chance.random() < 0.5:
            shown.accept()
        elif isinstance(shown, QDialog):
            shown.reject()
        elif shown is not None:
            shown.close()

    def act(self, id: str) -> None:
        argument = ""
        if id in FILES:
            argument = str(self.folder / f"{self.count % 4} {FILES[id]}")
        self.does(f"{id} {argument}".strip())
        try:
            self.desk.run(id, argument)
        except UserError as error:
            self.done[-1] += f" (refused: {error})"

    @contextmanager
    def gone_meanwhile(self) -> Iterator[None]:
        """Bear that a picture goes away under the mouse."""
        try:
            yield
        except RuntimeError as error:
            if "already deleted" not in str(error):
                raise
            self.done[-1] += " (it was gone)"

    def at(self, widget: Any, place: tuple[float, float]) -> QPoint:
        return QPoint(int(place[0] * widget.width()), int(place[1] * widget.height()))

    def rest(self) -> None:
        """Close everything, so that memory can be compared: what worlds keep has its budget."""
        self.watch.doing, self.watch.begun = "rest", time.monotonic()
        lab = self.desk.lab
        for dialog in self.desk.dialogs():
            dialog.close()
        for world in list(lab.worlds):
            lab.close(world)
        if self.desk.window.isFullScreen():
            self.desk.run("view.full-screen")
        let_run(100)
        assert not self.errors.found, self.story()

    def begin(self) -> None:
        """Open the world that the next deeds find."""
        self.watch.doing, self.watch.begun = "begin", time.monotonic()
        self.desk.open("life", playing=True)

    def story(self) -> str:
        return "\n".join((f"seed {SEED}", *self.done, *self.errors.found))


class TimeIsUp(BaseException):
    """Ends a run: of another kind than what Hypothesis would look into."""


class AnyDeed(RuleBasedStateMachine):
    """Forty deeds, one after another."""

    user: ClassVar[User]
    end: ClassVar[float]
    sizes: ClassVar[list[tuple[float, float]]]

    def teardown(self) -> None:
        self.user.rest()
        self.sizes.append((time.monotonic(), _resident()))
        _keep(f"resident {self.sizes[-1][1]:.0f} MB")
        self.user.begin()
        if time.monotonic() > self.end:
            raise TimeIsUp

    @rule(id=st.sampled_from(DEEDS))
    def do(self, id: str) -> None:
        self.user.act(id)
        self.user.look_on()

    @rule(entry=st.sampled_from(registry.catalogue()), number=st.integers(0, 99))
    def open(self, entry: Any, number: int) -> None:
        lab = self.user.desk.lab
        while len(lab.worlds) >= MOST_WORLDS:
            lab.close(lab.worlds[-1])
        presets = list(entry.presets)
        if presets:
            preset = presets[number % len(presets)]
            self.user.does(f"open {entry.info.slug}/{preset.id}")
            lab.open_preset(entry.info.slug, preset.id, replace=number % 2 == 0)
            self.user.look_on(0.3)

    @rule(places=st.lists(PLACE, min_size=1, max_size=8))
    def paint(self, places: list[tuple[float, float]]) -> None:
        desk = self.user.desk
        if desk.world is not None and desk.page.isVisible():
            self.user.does(f"paint {places}")
            with self.user.gone_meanwhile():
                desk.brush(*(self.user.at(desk.viewport, place) for place in places))
            self.user.look_on()

    @rule(place=PLACE, turns=st.integers(-4, 4), right=st.booleans())
    def point(self, place: tuple[float, float], turns: int, right: bool) -> None:
        desk = self.user.desk
        if desk.world is None:
            return
        self.user.does(f"point at {place}, {'menu' if right else f'{turns} turns of the wheel'}")
        # By the window's handle: the picture may go away in the midst of it.
        window = desk.viewport.window()
        handle, at = window.windowHandle(), self.user.at(desk.viewport, place)
        at = desk.viewport.mapTo(window, at)
        QTest.mouseMove(handle, at)
        if right:
            QTest.mouseClick(handle, Qt.MouseButton.RightButton, NONE, at)
        else:
            for _ in range(abs(turns)):
                desk.viewport.zoom(1 if turns > 0 else -1) if hasattr(desk.viewport, "zoom") else 0
        self.user.look_on()

    @rule(key=st.sampled_from(KEYS), modifier=st.sampled_from(MODIFIERS), count=st.integers(1, 5))
    def press(self, key: Any, modifier: Any, count: int) -> None:
        window = self.user.desk.window
        self.user.does(f"{count} times {key.name} {modifier.name}")
        for _ in range(count):
            QTest.keyClick(QApplication.focusWidget() or window, key, modifier)
        self.user.look_on()

    @rule(number=st.integers(0, 10_000))
    def click(self, number: int) -> None:
        buttons = [
            button
            for button in self.user.desk.window.findChildren(QAbstractButton)
            if button.isVisible() and button.isEnabled() and not _runs_children(button)
        ]
        button = buttons[number % len(buttons)]
        self.user.does(f"click {button.accessibleName() or button.text() or type(button).__name__}")
        self.user.desk.click(button)
        self.user.look_on()

    @rule(number=st.integers(0, 10_000))
    def turn_page(self, number: int) -> None:
        bars = [
            b for b in self.user.desk.window.findChildren(QTabBar) if b.isVisible() and b.count()
        ]
        if bars:
            bar = bars[number % len(bars)]
            self.user.does(f"tab {bar.accessibleName()}")
            bar.setCurrentIndex(number // len(bars) % bar.count())
            self.user.look_on()

    @rule(number=st.integers(0, 10_000), share=st.floats(0, 1))
    def set_parameter(self, number: int, share: float) -> None:
        world = self.user.desk.world
        live = [field for field in world.fields if field.apply == "live"] if world else []
        if live:
            field = live[number % len(live)]
            value = _some_value(field, share)
            if value is not None:
                self.user.does(f"{field.name} = {value}")
                world.set_param(field.name, value)
                self.user.look_on()

    @rule(number=st.integers(0, 10_000), goes=st.booleans())
    def drop(self, number: int, goes: bool) -> None:
        path = self.user.files[number % len(self.user.files)]
        self.user.does(f"drop {path.name}" if goes else f"drag {path.name} over it")
        try:
            self.user.desk.drop(path) if goes else (
                self.user.desk.hover(path),
                self.user.desk.leave(),
            )
        except AssertionError:  # hidden behind full screen or another tab
            self.user.done[-1] += " (nowhere to let go)"
        self.user.look_on()

    @rule(entry=st.sampled_from(registry.catalogue()))
    def drop_preset(self, entry: Any) -> None:
        from app.dropping import MIME

        preset = next(iter(entry.presets), None)
        if preset is not None and len(self.user.desk.lab.worlds) < MOST_WORLDS:
            self.user.does(f"drop the preset {entry.info.slug}/{preset.id}")
            data = QMimeData()
            data.setData(MIME, f"{entry.info.slug}/{preset.id}".encode())
            try:
                self.user.desk.drop(data=data)
            except AssertionError:
                self.user.done[-1] += " (nowhere to let go)"
            self.user.look_on()

    @rule(seconds=st.floats(0.05, 0.6))
    def wait(self, seconds: float) -> None:
        self.user.does("wait")
        self.user.look_on(seconds)


def _runs_children(button: QAbstractButton) -> bool:
    words = f"{button.accessibleName()} {button.text()}".lower()
    return "run all" in words or words.strip().startswith("run") or "quit" in words


def _some_value(field: Any, share: float) -> Any:
    """Choose a value of a parameter, None where it is no number, switch or choice."""
    if field.choices:
        return list(field.choices)[int(share * (len(field.choices) - 1))]
    if isinstance(field.default, bool):
        return share < 0.5
    low, high = getattr(field, "low", None), getattr(field, "high", None)
    if isinstance(field.default, int | float) and low is not None and high is not None:
        value = low + share * (high - low)
        return round(value) if isinstance(field.default, int) else float(value)
    return None


def _warm(user: User) -> None:
    """Have everything imported and compiled once: that is measured elsewhere."""
    desk = user.desk
    for entry in registry.catalogue():
        for number, preset in enumerate(entry.presets if LONG else entry.presets[:1]):
            desk.run("world.open", f"{entry.info.slug}/{preset.id}")
            desk.alive(120)
            if LONG and number == 0:
                for id in DEEDS:
                    user.act(id)
                    user.look_on()
            user.rest()


def _resident() -> float:
    gc.collect()
    give_back()
    return psutil.Process().memory_info().rss / 2**20


@pytest.mark.timeout(MINUTES * 60 + 900)
def test_anything_at_any_time(desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: True)
    desk.window.settings.history_mb = BUDGET_MB
    interval = sys.getswitchinterval()
    sys.setswitchinterval(gui.SWITCH_SECONDS)  # as the program does
    monkeypatch.setattr(courtesy, "niceness", courtesy.NICE)
    keep_little()
    user = AnyDeed.user = User(desk, tmp_path)
    sizes = AnyDeed.sizes = []
    try:
        if WARM:
            _warm(user)
        user.begin()
        desk.until(lambda: desk.state.step > (3000 if LONG else 30), "a past", 120)
        begun, runs = time.monotonic(), 0
        AnyDeed.end = begun + 60 * MINUTES
        while time.monotonic() < AnyDeed.end:
            # Anew from time to time: Hypothesis remembers whatever it has drawn, and that grows.
            with suppress(TimeIsUp):
                run_state_machine_as_test(  # type: ignore[no-untyped-call]
                    seed(SEED + runs)(AnyDeed),
                    settings=settings(
                        max_examples=10,
                        stateful_step_count=STEPS,
                        deadline=None,
                        phases=[Phase.generate],
                        suppress_health_check=list(HealthCheck),
                        database=None,
                    ),
                )
            runs += 1
    except BaseException:
        sys.stderr.write(user.story() + "\n")
        raise
    finally:
        sys.setswitchinterval(interval)
        user.close()
    report = _report(user, sizes)
    sys.stdout.write(report)
    assert not user.errors.found, user.story()
    if LONG:
        assert not user.watch.stalls, report
        assert _slope(sizes) < 1.0, report


def _slope(sizes: list[tuple[float, float]]) -> float:
    """Return the growth of memory in per cent of it in half an hour, over the last two thirds."""
    early = sizes[0][0] + (sizes[-1][0] - sizes[0][0]) / 3
    times, megabytes = np.array([pair for pair in sizes if pair[0] > early]).T
    slope = float(np.polyfit(times, megabytes, 1)[0])
    return 100 * slope * 1800 / float(megabytes.mean())


def _report(user: User, sizes: list[tuple[float, float]]) -> str:
    lines = [
        f"\nseed {SEED}: {user.count} deeds in {(sizes[-1][0] - sizes[0][0]) / 60:.1f} minutes"
    ]
    lines.append("resident MB: " + ", ".join(f"{size:.0f}" for _, size in sizes))
    if len(sizes) > 6:
        lines.append(f"slope {_slope(sizes):+.2f} % in 30 minutes")
    lines.append(f"{len(user.watch.stalls)} stalls of over {1000 * STALL:.0f} ms")
    for seconds, doing, stack in sorted(user.watch.stalls, reverse=True)[:12]:
        lines.append(f"  {1000 * seconds:.0f} ms at {doing}\n{stack}")
    return "\n".join(lines) + "\n"
