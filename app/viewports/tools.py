"""The tool strip: hand, the system's brushes, inspect; and the settings of the brush in hand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLabel,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.viewports.brush import HAND, INSPECT, LINE, REGION, Tools
from app.viewports.chrome import ChromeButton, FloatingPanel, icon_or
from app.viewports.decorations import tabular
from app.widgets.choice import Choice
from app.widgets.slider import Slider

__all__ = ["BrushSettings", "ToolStrip"]

VALUES = (-1.0, 1.0)
_RULERS = (
    (LINE, "ruler", "Line", "Draw a line: its profile is in the panel Inspect"),
    (REGION, "square-dashed", "Region", "Drag a rectangle: its numbers are in the panel Inspect"),
)


class BrushSettings(FloatingPanel):
    """Radius of the brush in hand, and channel and value where it paints one.

    Signals
    -------
    changed()
        `Tools` has new settings.
    """

    changed = Signal()

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Brush settings")
        self._tools = tools
        self._names: tuple[str, ...] = ()
        self._radius = Slider(self)
        self._value = Slider(self)
        self._channel = Choice(self)
        self._labels = {name: QLabel(name, self) for name in ("Size", "Channel", "Value")}
        self._figures = {name: QLabel(self) for name in ("Size", "Value")}
        layout = QGridLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(4)
        layout.setSizeConstraint(QGridLayout.SizeConstraint.SetFixedSize)
        controls = (("Size", self._radius), ("Channel", self._channel), ("Value", self._value))
        for row, (name, control) in enumerate(controls):
            control.setAccessibleName(f"Brush {name.lower()}")
            control.setFixedSize(112, theme.CONTROL)
            layout.addWidget(self._labels[name], row, 0)
            layout.addWidget(control, row, 1)
        for name, row in (("Size", 0), ("Value", 2)):
            figure = self._figures[name]
            figure.setFont(tabular("body"))
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            figure.setFixedWidth(QFontMetrics(figure.font()).horizontalAdvance("256.00"))
            layout.addWidget(figure, row, 2)
        self._radius.setToolTip(f"Radius in {tools.sizes.unit}  (Ctrl+wheel, [ and ])")
        self._radius.valueChanged.connect(self._size_slid)
        self._value.valueChanged.connect(self._value_slid)
        self._channel.activated.connect(self._channel_chosen)

    def set_channels(self, names: tuple[str, ...]) -> None:
        """Offer the channels of the world."""
        if names != self._names:
            self._names = names
            self._channel.clear()
            self._channel.addItems(names)
            self._tools.channel = min(self._tools.channel, max(len(names) - 1, 0))
            self._channel.setCurrentIndex(self._tools.channel)

    def refresh(self) -> None:
        """Show the settings of the brush in hand."""
        brush = self._tools.brush
        if brush is None:
            return
        self._radius.set_fraction(self._tools.sizes.fraction(self._tools.radius))
        self._show_size()
        low, high = self._range()
        self._value.set_fraction((self._tools.amount - low) / (high - low))
        self._show_value()
        own, channelled = brush.value is not None, brush.paints == "channel"
        self._labels["Value"].setText(brush.value.label if brush.value is not None else "Value")
        for named in (self._labels["Channel"], self._channel):
            named.setVisible(channelled)
        for valued in (self._labels["Value"], self._figures["Value"], self._value):
            valued.setVisible(channelled or own)
        self.adjustSize()

    def _range(self) -> tuple[float, float]:
        brush = self._tools.brush
        own = brush.value if brush is not None else None
        return (own.low, own.high) if own is not None else VALUES

    def _show_size(self) -> None:
        sizes = self._tools.sizes
        self._figures["Size"].setText(f"{self._tools.radius:.{sizes.digits}f}")

    def _show_value(self) -> None:
        brush = self._tools.brush
        unit = brush.value.unit if brush is not None and brush.value is not None else ""
        self._figures["Value"].setText(f"{self._tools.amount:.2f}{unit}")

    def _size_slid(self) -> None:
        self._tools.radii[self._tools.tool] = self._tools.sizes.at(self._radius.fraction())
        self._show_size()
        self.changed.emit()

    def _value_slid(self) -> None:
        low, high = self._range()
        self._tools.set_amount(round(low + (high - low) * self._value.fraction(), 2))
        self._show_value()
        self.changed.emit()

    def _channel_chosen(self, index: int) -> None:
        self._tools.channel = index
        self.changed.emit()


class ToolStrip(FloatingPanel):
    """A column of tools; one is in hand.

    Signals
    -------
    tool_chosen(str)
        "hand", "inspect" or a brush's name.
    settings_toggled(bool)
        The brush settings are wanted, or not any more.
    """

    tool_chosen = Signal(str)
    settings_toggled = Signal(bool)

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Tools")
        self._tools = tools
        self._buttons: dict[str, ChromeButton] = {}
        self._group = QButtonGroup(self)
        self._menu = QMenu(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(4, 4, 4, 4)
        self._layout.setSpacing(4)
        self._layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        self._compact = ChromeButton("hand", name="Tool", tip="Tool in hand", tone="accent")
        self._compact.clicked.connect(self._open_menu)
        self._compact.hide()
        self._settings = ChromeButton(
            "sliders-horizontal",
            name="Brush settings",
            tip="Brush settings",
            checkable=True,
        )
        self._settings.toggled.connect(self.settings_toggled)
        self._is_compact = False
        self._shown: tuple[object, ...] | None = None
        self.rebuild()

    def rebuild(self) -> None:
        """Offer hand, the system's brushes and inspect."""
        if self._tools.brushes == self._shown:
            self.refresh()
            return
        self._shown = self._tools.brushes
        for button in self._buttons.values():
            self._group.removeButton(button)
            self._layout.removeWidget(button)
            button.hide()  # it dies in the next turn of the event loop only
            button.deleteLater()
        self._layout.removeWidget(self._settings)
        self._layout.removeWidget(self._compact)
        self._buttons = {}
        self._menu.clear()
        self._add(HAND, "hand", "Hand", "Move the picture by dragging  (Space, or middle button)")
        for brush in self._tools.brushes:
            icon = icon_or(brush.icon, "brush")
            self._add(brush.name, icon, brush.title, f"{brush.title}: {brush.help}")
        self._add(INSPECT, "crosshair", "Inspect", "See the channels of a cell; click to pin it")
        for tool, icon, title, tip in _RULERS:
            if tool in self._tools.rulers:
                self._add(tool, icon, title, tip)
        self._layout.addWidget(self._compact)
        self._layout.addWidget(self._settings)
        self.refresh()

    def refresh(self) -> None:
        """Show which tool is in hand."""
        button = self._buttons.get(self._tools.tool)
        if button is not None:
            button.setChecked(True)
            self._compact.set_icon(button.property("lucide"))
        has_brush = self._tools.brush is not None
        self._settings.setVisible(has_brush)
        if not has_brush:
            self._settings.setChecked(False)
        self.adjustSize()

    def set_compact(self, on: bool) -> None:
        """Fold to one button with a menu."""
        if on != self._is_compact:
            self._is_compact = on
            for button in self._buttons.values():
                button.setVisible(not on)
            self._compact.setVisible(on)
            self.adjustSize()

    def full_height(self) -> int:
        """Say how tall it is when unfolded."""
        return 8 + (len(self._buttons) + 1) * (theme.ROW + 4)

    def settings_shown(self) -> bool:
        """Whether the brush settings are wanted."""
        return self._settings.isChecked()

    def close_settings(self) -> None:
        """Put the brush settings away."""
        self._settings.setChecked(False)

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            for action in self._menu.actions():
                action.setIcon(theme.icon(str(action.property("lucide"))))
        super().changeEvent(event)

    def _add(self, tool: str, icon: str, title: str, tip: str) -> None:
        button = ChromeButton(icon, name=title, tip=tip, checkable=True, parent=self)
        button.setProperty("tool", tool)
        button.setProperty("lucide", icon)
        button.clicked.connect(self._chosen)
        button.setVisible(not self._is_compact)
        self._buttons[tool] = button
        self._group.addButton(button)
        self._layout.addWidget(button)
        action = self._menu.addAction(theme.icon(icon), title)
        action.setProperty("tool", tool)
        action.setProperty("lucide", icon)
        action.triggered.connect(self._chosen)

    def _chosen(self) -> None:
        self.tool_chosen.emit(str(self.sender().property("tool")))

    def _open_menu(self) -> None:
        self._menu.popup(self._compact.mapToGlobal(QPoint(self._compact.width() + 8, 0)))
