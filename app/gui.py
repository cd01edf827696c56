"""Start the window: checks first, then a visible window, then a live world, then what takes long to import."""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path

from app import paths
from app.pins import check_pins
from engine.core import registry
from engine.core.errors import UserError

__all__ = ["start"]

SWITCH_SECONDS = 0.0005
logger = logging.getLogger(__name__)


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
    from PySide6.QtCore import QCoreApplication, Qt
    from PySide6.QtWidgets import QApplication

    # Without it, a floated panel that holds a canvas loses its OpenGL context.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setApplicationName("Primordia")
    application.setDesktopFileName("primordia")

    from app import settings as settings_file
    from app import theme
    from app.window import MainWindow

    scripted = screenshot is not None or do is not None
    settings = settings_file.load(paths.settings_file())
    theme.apply(application, settings.theme)
    window = MainWindow(settings, persist=not scripted)
    window.notifier.install()
    window.first_frame.connect(_warm_up)
    window.show()
    if os.environ.get("PRIMORDIA_REPORT_START"):
        from app.timing import report_start

        report_start(window)
    first = next(iter(paths_to_open or []), None)
    if first is None:
        _open_first(window)
    else:
        window.filing.open(str(first))
    outcome = _Outcome()
    if scripted:
        text = do or f"wait {after}; screenshot '{screenshot}'"
        _run_script(window, text, outcome)
    code = application.exec()
    window.notifier.remove()
    if outcome.error is not None:
        raise outcome.error
    return code


class _Outcome:
    error: UserError | None = None


def _open_first(window: object) -> None:
    """Open the gallery's first world that starts at once."""
    for entry in registry.catalogue():
        if entry.presets:
            window.lab.open_preset(entry.info.slug)  # type: ignore[attr-defined]
            return


def _warm_up() -> None:
    """Import what takes seconds once something lives on the screen."""

    def work() -> None:
        import pyqtgraph  # noqa: F401
        import torch

        logger.info("torch %s is ready", torch.__version__)

    threading.Thread(target=work, name="warm-up", daemon=True).start()


def _run_script(window: object, text: str, outcome: _Outcome) -> None:
    from PySide6.QtWidgets import QApplication

    from app.script import Script, parse
    from app.verbs import Verbs

    script = Script(parse(text), Verbs(window), window)  # type: ignore[arg-type]

    def finished(error: UserError | None) -> None:
        outcome.error = error
        window.close()  # type: ignore[attr-defined]
        QApplication.quit()

    script.finished.connect(finished)
    script.start()
