"""The console in the window: a panel below, made when it is first seen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.console.panel import ConsolePanel
from app.shell import Shell

__all__ = ["DOCK", "Console", "install"]

DOCK = "console"


def install(shell: Shell) -> Console:
    """Add the panel."""
    return Console(shell)


class Console:
    """The console of one window.

    Attributes
    ----------
    panel : ConsolePanel or None
        Once it was seen.
    """

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.panel: ConsolePanel | None = None
        area = Qt.DockWidgetArea.BottomDockWidgetArea
        shell.docks.add(DOCK, "Console", self._make, area, tab_with="bottom")

    def close(self) -> None:
        """Stop what runs and let go of the window."""
        if self.panel is not None:
            self.panel.close_session()

    def show(self) -> ConsolePanel:
        """Bring the panel to the front and the cursor into it."""
        self._shell.docks.bring(DOCK)
        assert self.panel is not None  # made when the dock was shown
        self.panel.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return self.panel

    def toggle(self) -> None:
        """Show it, or put it away where the cursor is in it already."""
        focus = QApplication.focusWidget()
        if self.panel is None or focus is None or not self.panel.isAncestorOf(focus):
            self.show()
            return
        self._shell.docks.toggle(DOCK)
        if self._shell.page is not None:
            self._shell.page.viewport.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _make(self) -> QWidget:
        from app.console.namespace import Namespace
        from app.hands import Hands

        shell = self._shell
        hands = Hands(shell.window)
        fixed = {
            "lab": shell.lab,
            "window": shell.window,
            "shell": shell,
            "hands": hands,
            "run": hands.run,
        }
        asked = {
            "world": lambda: shell.lab.world,
            "page": lambda: shell.page,
            "viewport": lambda: shell.page.viewport if shell.page is not None else None,
        }
        self.panel = ConsolePanel(Namespace(fixed, asked))
        return self.panel
