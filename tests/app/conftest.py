"""A display, a window with settings in memory, hands that use it, and what a test leaves behind."""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import (
    QAbstractAnimation,
    QCoreApplication,
    QEvent,
    Qt,
    QThread,
    QThreadPool,
    QTimer,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from shiboken6 import isValid

from app.hands import PATIENCE, Hands

# A display, where there is none.


@pytest.fixture(scope="session")
def display() -> Iterator[None]:
    """Make sure of an X display: windows of tests must be real ones."""
    has_one = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if not sys.platform.startswith("linux") or has_one or chosen not in ("", "xcb"):
        yield
        return
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("no display and no Xvfb to make one")
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    null = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    # It ends by itself with its last client, the application: to end it earlier would end that too.
    options = ["-screen", "0", "1920x1200x24", "-nolisten", "tcp", "-terminate"]
    os.posix_spawn(
        server, [server, "-displayfd", str(writing), *options], os.environ, file_actions=null
    )
    os.close(writing)
    with os.fdopen(reading) as stream:
        number = stream.readline().strip()
    os.environ["DISPLAY"] = f":{number}"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    yield


@pytest.fixture(scope="session")
def qapp_args(display: None) -> list[str]:
    """Prepare the application as `app.gui.start` does."""
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    return ["primordia"]


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


# What a test leaves.

STAYS = {"QTipLabel", "QMenuBarExtension", "QComboBoxPrivateContainer"}
"""Top-level widgets that Qt keeps for itself."""

LASTING = ("warm-up", "primordia-kernel", "torch-threads", "Dummy")
"""Beginnings of the names of threads that belong to the process rather than to a window.

A dummy is what Python calls a thread of Qt's pool that once wrote into the log.
"""


def pump() -> None:
    """Run what was posted, deletions included."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QCoreApplication.processEvents()


def _root(thing: Any) -> Any:
    while thing.parent() is not None:
        thing = thing.parent()
    return thing


def _chain(thing: Any) -> str:
    names = []
    while thing is not None:
        names.append(f"{type(thing).__name__}({thing.objectName()})")
        thing = thing.parent()
    return " in ".join(names)


def _leaks(
    windows: set[int], threads: set[threading.Thread], timers: set[int], shared: bool
) -> list[str]:
    found = [
        f"top-level widget {_chain(widget)}"
        for widget in QApplication.topLevelWidgets()
        if id(_root(widget)) not in windows
        and type(widget).__name__ not in STAYS
        and not (isinstance(widget, QMenu) and widget.parent() is not None)
    ]
    if shared:
        return found  # its worlds and timers go on
    found += [
        f"thread {thread.name!r}"
        for thread in threading.enumerate()
        if thread not in threads and not thread.name.startswith(LASTING)
    ]
    busy = QThreadPool.globalInstance().activeThreadCount()
    found += [f"{busy} busy threads in the global pool"] if busy else []
    found += [f"timer of {_chain(timer)}" for timer in _timers() if id(timer) not in timers]
    everything = [
        # By the type: to ask a lazy proxy for its class would wake it, and torch's warn then.
        thing
        for thing in gc.get_objects()
        if issubclass(type(thing), QThread | QAbstractAnimation)
    ]
    for thing in everything:
        if isValid(thing) and _works(thing):
            found.append(f"{type(thing).__name__} of {_chain(thing)}")
    return found


def _works(thing: QThread | QAbstractAnimation) -> bool:
    if isinstance(thing, QThread):
        return thing.isRunning() and thing is not QThread.currentThread()
    return thing.state() != QAbstractAnimation.State.Stopped


def _timers() -> list[QTimer]:
    everything = [thing for thing in gc.get_objects() if type(thing) is QTimer]
    return [timer for timer in everything if isValid(timer) and timer.isActive()]


@pytest.fixture
def leaks_now(leaks: Any) -> Callable[[], list[str]]:
    """Look for leaks since the test began; the window itself counts."""
    return lambda: _leaks(*leaks)


@pytest.fixture(autouse=True)
def leaks(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Fail a test that uses the application and leaves a widget, a world's thread or a timer."""
    if not {"qapp", "qtbot", "desk"} & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("qapp")
    pump()
    before = (
        {id(widget) for widget in QApplication.topLevelWidgets()},
        set(threading.enumerate()),
        {id(timer) for timer in _timers()},
        "one_window" in request.fixturenames,
    )
    yield before
    deadline = time.monotonic() + 30.0  # a thread may be compiling what draws meshes
    while True:
        pump()
        found = _leaks(*before)
        if not found or time.monotonic() > deadline:
            break
        gc.collect()
    assert not found, "left behind: " + "; ".join(found)


# Plugins.


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Install a system from its source through a real entry point; returns its module's name."""
    made: list[str] = []

    def install(slug: str, source: str, cls: str) -> str:
        name = f"plugin_{slug.replace('-', '_')}"
        site = tmp_path / f"site-{slug}"
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}.py").write_text(textwrap.dedent(source))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[primordia.systems]\n{slug} = {name}:{cls}\n")
        monkeypatch.syspath_prepend(str(site))
        made.append(name)
        return name

    yield install
    for name in made:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


# The window and the hands that use it.

NewDesk = Callable[[Path, pytest.MonkeyPatch], "Iterator[Desk]"]


Desk = Hands


@pytest.fixture
def desk(new_desk: NewDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The window with settings in memory, on the screen, without a world."""
    yield from new_desk(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def new_desk(qapp: QApplication) -> NewDesk:
    """Make what opens a window and closes it in the end, for fixtures of other scopes."""

    def make(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Desk]:
        patch.setenv("PRIMORDIA_HOME", str(folder / "home"))
        # Which one is drawn by is the viewports' tests' matter.
        patch.setenv("PRIMORDIA_RENDERER", "painter")
        yield from _open_window(qapp, folder)

    return make


@pytest.fixture
def answer(qapp: QApplication) -> Callable[[Callable[[Any], None]], None]:
    """Do something to the next modal dialog or menu, once it is on the screen."""

    def later(do: Callable[[Any], None]) -> None:
        deadline = time.monotonic() + PATIENCE

        def attempt() -> None:
            shown = QApplication.activeModalWidget() or QApplication.activePopupWidget()
            if shown is not None and shown.isVisible():
                do(shown)
            elif time.monotonic() < deadline:
                QTimer.singleShot(20, attempt)

        QTimer.singleShot(0, attempt)

    return later


def _open_window(qapp: QApplication, folder: Path) -> Iterator[Desk]:
    from app import theme
    from app.settings import Settings
    from app.window import MainWindow

    theme.apply(qapp, "dark")
    window = MainWindow(Settings(folder=str(folder)), persist=False)
    window.notifier.install()
    window.show()
    desk = Desk(window)
    try:
        assert QTest.qWaitForWindowExposed(window, 5000)
        window.activateWindow()
        QTest.qWaitForWindowActive(window, 2000)
        yield desk
    finally:
        window.close()
        window.notifier.remove()
        window.deleteLater()
        desk.window = desk.lab = None
        del window
        pump()
