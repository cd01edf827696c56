"""One notifier for everything that goes wrong, whichever thread it happens in.

Its hooks are `sys.excepthook`, `threading.excepthook`, `sys.unraisablehook`, Qt's message handler
and Python's warnings; the worlds' failures come to the same place by `app.news`. Hooks may run in
any thread and only emit a signal; showing happens in the window's thread.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from app.log.lines import Line

__all__ = ["LogRelay", "Notifier"]

logger = logging.getLogger("primordia")
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Notifier(QObject):
    """Catches what nobody caught.

    Signals
    -------
    crashed : str, str
        A sentence and the traceback.
    """

    crashed = Signal(str, str)

    def install(self) -> None:
        """Set the hooks; `remove` puts the former ones back."""
        self._former = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._main_hook
        threading.excepthook = self._thread_hook
        sys.unraisablehook = self._unraisable_hook
        logging.captureWarnings(True)
        qInstallMessageHandler(_qt_message)

    def remove(self) -> None:
        """Take the hooks away."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._former
        logging.captureWarnings(False)
        qInstallMessageHandler(None)

    def _main_hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._former[0](kind, error, trace)
            return
        self._report("", kind, error, trace)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            name = args.thread.name if args.thread is not None else "a thread"
            self._report(f" in {name}", args.exc_type, args.exc_value, args.exc_traceback)

    def _unraisable_hook(self, args: Any) -> None:
        """Tell of what went wrong where nothing can be raised, as in a finaliser."""
        if args.exc_value is not None:
            name = getattr(args.object, "__qualname__", "") or type(args.object).__name__
            self._report(f" in {name}", args.exc_type, args.exc_value, args.exc_traceback)
        self._former[2](args)

    def _report(
        self,
        where: str,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        report = "".join(traceback.format_exception(kind, error, trace))
        logger.error("unexpected%s: %s", where, report)
        words = f"Something unexpected happened{where}: {kind.__name__}: {error}"
        try:
            self.crashed.emit(words, report)
        except RuntimeError:
            logger.info("the window is closed, and nobody is told")


def _qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.INFO), "%s", text)


class LogRelay(QObject, logging.Handler):
    """Hands log records to the log panel, from any thread.

    Signals
    -------
    line : Line
    """

    line = Signal(object)

    def __init__(self) -> None:
        QObject.__init__(self)
        logging.Handler.__init__(self, logging.DEBUG)
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:  # type: ignore[override]
        self.line.emit(Line(record.created, record.levelno, record.name, self.format(record)))
