"""The controls of a heads viewport: which parts are seen, how they are drawn, and files."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.viewports.chrome import ChromeButton, FloatingPanel
from app.viewports.heads_scene import Scene

__all__ = ["HeadsBar"]

MODES = (
    ("all", "All", "Heads, the head in focus, and who attends to whom"),
    ("focus", "Head", "The head in focus alone  (double-click a head)"),
    ("arcs", "Arcs", "Only who attends to whom"),
    ("grid", "Grid", "Only the tiles of all heads"),
)
SHARES = (
    ("head", "Each head has its own scale"),
    ("layer", "One scale for the heads of a layer"),
    ("all", "One scale for all heads"),
    ("unit", "From 0 to 1"),
)
SOURCES = (("model", "Tiles: {0}"), ("other", "Tiles: {1}"), ("difference", "Tiles: difference"))
COMPARES = (
    ("both", "Head: both models"),
    ("difference", "Head: both and their difference"),
    ("off", "Head: {0} alone"),
)


class HeadsBar(FloatingPanel):
    """Buttons in the corner.

    Signals
    -------
    fit_asked(), copy_asked(), save_asked()
    """

    fit_asked = Signal()
    copy_asked = Signal()
    save_asked = Signal()

    def __init__(self, scene: Scene, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Heads")
        self._scene = scene
        self._compact = False
        self._buttons: dict[str, ChromeButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(2)
        layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetFixedSize)
        for mode, words, tip in MODES:
            button = self._buttons[mode] = ChromeButton("", words, tip=tip, checkable=True)
            button.setProperty("mode", mode)
            button.clicked.connect(self._mode_chosen)
            layout.addWidget(button)
        self._one = ChromeButton("", "All", tip="What is seen", menu=True)
        self._one.reserve("Head")
        self._one.clicked.connect(self._open_modes)
        self._one.hide()
        self._compare = ChromeButton(
            "", "Compare", tip="How the two models are compared", menu=True
        )
        self._compare.clicked.connect(self._open_compare)
        self._display = ChromeButton("palette", name="Colours", tip="What the colours stand for")
        self._display.clicked.connect(self._open_display)
        self._more = ChromeButton("download", name="Copy and save", tip="Copy values, or save")
        self._more.clicked.connect(self._open_more)
        for button in (self._one, self._compare, self._display, self._more):
            layout.addWidget(button)
        self._modes, self._mode_lines = self._choices("mode", [m[:2] for m in MODES])
        self._colours, self._share_lines = self._choices("share", list(SHARES))
        self._logarithmic = self._toggle("Logarithmic colours", "logarithmic")
        self._masked = self._toggle("Hide keys after the query", "masked")
        self._colours.addSeparator()
        fit = self._colours.addAction("Fit")
        fit.triggered.connect(self.fit_asked)
        self._models, self._compare_lines = self._choices("compare", list(COMPARES))
        self._models.addSeparator()
        _, self._source_lines = self._choices("source", list(SOURCES), self._models)
        self._files = QMenu(self)
        self._files.addAction("Copy values").triggered.connect(self.copy_asked)
        self._files.addAction("Save as PNG, SVG or CSV...").triggered.connect(self.save_asked)
        scene.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is chosen."""
        scene, view = self._scene, self._scene.view
        look = scene.look
        for mode, button in self._buttons.items():
            button.setChecked(mode == look.mode)
            button.setVisible(not self._compact)
        self._one.setVisible(self._compact)
        self._one.set_words(next(words for mode, words, _ in MODES if mode == look.mode))
        compared = view is not None and view.other is not None
        self._compare.setVisible(compared)
        _check(self._mode_lines, look.mode)
        _check(self._share_lines, look.share)
        sums = view is None or not all(map(view.is_signed, range(scene.size[0])))
        self._share_lines["unit"].setVisible(sums)
        _check(self._compare_lines, look.compare)
        _check(self._source_lines, look.source)
        names = (view.names[0] or "model", view.names[1] or "other") if view else ("model", "other")
        for lines, words in ((self._source_lines, SOURCES), (self._compare_lines, COMPARES)):
            for value, told in words:
                lines[value].setText(told.format(*names))
        for action, on in ((self._logarithmic, look.logarithmic), (self._masked, look.masked)):
            blocked = action.blockSignals(True)
            action.setChecked(on)
            action.blockSignals(blocked)
        self._masked.setVisible(view is None or not scene.apart)
        self.adjustSize()

    def set_compact(self, on: bool) -> None:
        """Fold the parts into one button with a menu."""
        if on != self._compact:
            self._compact = on
            self.refresh()

    def full_width(self) -> int:
        """Say how wide it is when unfolded."""
        shown: list[QWidget] = [*self._buttons.values(), self._display, self._more]
        shown += [] if self._compare.isHidden() else [self._compare]
        return sum(part.sizeHint().width() + 2 for part in shown) + 8

    # Inside

    def _choices(
        self, name: str, values: list[tuple[str, str]], menu: QMenu | None = None
    ) -> tuple[QMenu, dict[str, QAction]]:
        """Make lines of a menu that set one of `Look`'s fields."""
        menu = menu if menu is not None else QMenu(self)
        group = QActionGroup(self)
        lines = {}
        for value, words in values:
            action = lines[value] = menu.addAction(words)
            action.setCheckable(True)
            action.setData((name, value))
            action.triggered.connect(self._chosen)
            group.addAction(action)
        return menu, lines

    def _toggle(self, words: str, name: str) -> QAction:
        if name == "logarithmic":
            self._colours.addSeparator()
        action = self._colours.addAction(words)
        action.setCheckable(True)
        action.setData((name, None))
        action.toggled.connect(self._toggled)
        return action

    def _chosen(self) -> None:
        name, value = _data(self.sender())
        self._scene.choose(**{name: value})

    def _toggled(self, on: bool) -> None:
        name, _ = _data(self.sender())
        self._scene.choose(**{name: on})

    def _mode_chosen(self) -> None:
        self._scene.choose(mode=str(self.sender().property("mode")))
        self.refresh()  # a click on the chosen one has unchecked it

    def _open_modes(self) -> None:
        self._popup(self._modes, self._one)

    def _open_compare(self) -> None:
        self._popup(self._models, self._compare)

    def _open_display(self) -> None:
        self._popup(self._colours, self._display)

    def _open_more(self) -> None:
        self._popup(self._files, self._more)

    def _popup(self, menu: QMenu, button: QWidget) -> None:
        width = menu.sizeHint().width()
        menu.popup(button.mapToGlobal(QPoint(button.width() - width, button.height() + 6)))


def _check(lines: dict[str, QAction], value: str) -> None:
    for name, action in lines.items():
        action.setChecked(name == value)


def _data(sender: Any) -> tuple[str, Any]:
    assert isinstance(sender, QAction)
    name, value = sender.data()
    return str(name), value
