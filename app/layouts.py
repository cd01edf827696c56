"""Layouts of the panels with names: kept, used again, forgotten."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from app.shell import Shell
from engine.core.errors import BadInput

__all__ = ["Layouts"]

_LONGEST = 40  # letters of a name


class Layouts:
    """Keeps layouts in the settings; each deed takes a name, or asks for one."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        shell.lab.layouts = tuple(shell.settings.layouts)

    def keep(self, argument: str) -> None:
        """Keep the present arrangement under a name; an older one of that name goes."""
        if argument:
            self._keep(argument)
        else:
            self._ask("Keep layout as", "Name of the layout", self._keep, editable=True)

    def use(self, argument: str) -> None:
        """Arrange the panels as they were kept."""
        self._choose("Use a layout", argument, self._use)

    def forget(self, argument: str) -> None:
        """Remove a layout."""
        self._choose("Forget a layout", argument, self._forget)

    def _choose(self, title: str, argument: str, do: Callable[[str], None]) -> None:
        known = self._shell.settings.layouts
        if argument:
            if argument not in known:
                raise BadInput(
                    f"there is no layout {argument!r}", remedy=f"Use one of: {', '.join(known)}"
                )
            do(argument)
        else:
            self._ask(title, "Layout", do, editable=False)

    def _ask(self, title: str, words: str, do: Callable[[str], None], *, editable: bool) -> None:
        dialog = QInputDialog(self._shell.window)
        dialog.setWindowTitle(title)
        dialog.setLabelText(words)
        dialog.setComboBoxItems(list(self._shell.settings.layouts))
        dialog.setComboBoxEditable(editable)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(partial(self._chosen, do))
        dialog.open()

    def _chosen(self, do: Callable[[str], None], name: str) -> None:
        if name.strip():
            do(name.strip())

    def _keep(self, name: str) -> None:
        name = name.strip()[:_LONGEST]
        if name:
            self._shell.settings.layouts[name] = self._shell.docks.layout()
            self._changed(f"Kept the layout {name}")

    def _use(self, name: str) -> None:
        if not self._shell.docks.arrange(self._shell.settings.layouts.get(name)):
            self._shell.lab.problem.emit(
                BadInput(
                    f"the layout {name} is of another version of the program",
                    remedy="Keep it again under the same name",
                )
            )

    def _forget(self, name: str) -> None:
        if self._shell.settings.layouts.pop(name, None) is not None:
            self._changed(f"Forgot the layout {name}")

    def _changed(self, words: str) -> None:
        self._shell.lab.layouts = tuple(self._shell.settings.layouts)
        self._shell.save_settings()
        self._shell.teller.say(words, "accent")
