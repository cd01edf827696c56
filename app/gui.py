"""Start the window: checks, a visible window, a live world, then what is slow to import."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app import paths
from app.pins import check_pins
from engine.core import courtesy, registry
from engine.core.device import set_threads
from engine.core.errors import UserError
from engine.core.memory import keep_little

if TYPE_CHECKING:
    from app.warmup import WarmUp
    from app.window import MainWindow

__all__ = ["start"]

SWITCH_SECONDS = 0.0005
SCALE = "QT_SCALE_FACTOR"


def start(
    screenshot: Path | None = None,
    after: float = 3.0,
    do: str | None = None,
    paths_to_open: list[Path] | None = None,
) -> int:
    """Run the program until its window closes; returns the exit code.

    Parameters
    ----------
    screenshot : Path, optional
        Write what the user sees to this PNG after `after` seconds, and quit.
    do : str, optional
        A script (see `app.script`), after which the program quits.
    paths_to_open : list of Path
        Files to open at the start.
    """
    from importlib.metadata import version

    check_pins(sys.version_info[:3], version("PySide6-Essentials"))
    # Half a millisecond instead of five between Python threads: half the lateness of the window.
    sys.setswitchinterval(SWITCH_SECONDS)
    courtesy.niceness = courtesy.NICE
    keep_little()
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtWidgets import QApplication

    from app import settings as settings_file

    settings = settings_file.load(paths.settings_file())
    _scale(settings.scale)
    # Without it, a floated panel that holds a canvas loses its OpenGL context.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Primordia")
    application.setDesktopFileName("primordia")

    from app import crash, theme
    from app.window import MainWindow

    scripted = screenshot is not None or do is not None
    theme.apply(application, settings.theme)
    if settings.threads > 0:
        set_threads(settings.threads)
    logging.getLogger().setLevel(settings.log_level.upper())
    crashes = crash.find(paths.log_folder())
    watch = crash.Watch(paths.log_folder(), version("primordia"))
    watch.begin()
    window = MainWindow(settings, persist=not scripted)
    window.notifier.install()
    warm_up = _warm_up(window)
    if "PRIMORDIA_TRACE" in os.environ:
        from app.timing import Trace

        Trace(window, Path(os.environ["PRIMORDIA_TRACE"])).follow(warm_up)
    # Qt posts itself a quit that now and then gets lost while a film is being finished.
    application.lastWindowClosed.connect(partial(application.exit, 0))
    window.show()
    # Painted before the plots are imported: a window that is seen bears a busy half second.
    application.processEvents()
    import pyqtgraph  # noqa: F401 (here, in the thread of the window: see `app.warmup`)

    if not paths_to_open:
        _open_first(window)
    for path in paths_to_open or []:
        window.filing.open(str(path))
    if not scripted:
        window.shell.parts["session"].autosave.offer()
    for left in crashes:
        if left.stacks:
            window.shell.parts["reports"].crashed_before(left)
    outcome = _Outcome()
    if scripted:
        lines = [do] if do else [f"wait {after}"]
        if screenshot is not None:
            lines.append(f"screenshot {shlex.quote(str(screenshot))}")
        _run_script(window, "; ".join(lines), outcome)
    code = application.exec()
    window.notifier.remove()
    watch.end()
    if outcome.error is not None:
        raise outcome.error
    # Tearing down the interpreter with all that is imported takes a second of a processor, and
    # under a thread deep in a library, which cannot be joined, it would abort or complain.
    # Everything is saved and closed: leave at once.
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # a program without a console has none
            stream.flush()
    os._exit(code)


def _scale(factor: float) -> None:
    """Ask Qt for larger text and buttons, which it takes only before the application is made."""
    if factor != 1.0 and SCALE not in os.environ:
        os.environ[SCALE] = f"{factor:g}"


class _Outcome:
    error: UserError | None = None


def _open_first(window: MainWindow) -> None:
    """Open the gallery's first world that starts at once."""
    for entry in registry.catalogue():
        if entry.presets:
            window.lab.open_preset(entry.info.slug)
            return


def _warm_up(window: MainWindow) -> WarmUp:
    """Load what takes seconds after the first live picture, and say so while it lasts."""
    from app.warmup import WarmUp

    warm_up = WarmUp(window, window.jobs.under_way)
    warm_up.said.connect(window.status.say_lasting)
    window.first_frame.connect(warm_up.begin)
    return warm_up


def _run_script(window: MainWindow, text: str, outcome: _Outcome) -> None:
    from PySide6.QtWidgets import QApplication

    from app.script import Script, parse
    from app.verbs import Verbs

    script = Script(parse(text), Verbs(window), window)

    def finished(error: UserError | None) -> None:
        outcome.error = error
        window.close()
        QApplication.quit()

    script.finished.connect(finished)
    script.start()
