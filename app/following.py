"""Follow the system when it changes between dark and light, where the user chose so."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app import theme
from app.shell import Shell

__all__ = ["Following", "install"]


class Following(QObject):
    """Dresses the window anew when the system's look changes while it runs."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._hints = QGuiApplication.styleHints()
        self._hints.colorSchemeChanged.connect(self.follow)

    def follow(self, scheme: Qt.ColorScheme) -> None:
        """Take the system's look, if that is what the settings say."""
        application = QApplication.instance()
        if self._shell.settings.theme != "system" or not isinstance(application, QApplication):
            return
        before = theme.current()
        if theme.named("system", scheme) is not before:
            theme.apply(application, "system", scheme)
            self._shell.window.user_actions.retint()

    def close(self) -> None:
        """Stop listening."""
        self._hints.colorSchemeChanged.disconnect(self.follow)


def install(shell: Shell) -> Following:
    """Begin to follow."""
    return Following(shell)
