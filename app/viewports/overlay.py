"""Lay the chrome out over a viewport, and connect it with what it steers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QMargins, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from app.viewports.base import Viewport
from app.viewports.chips import HintChip, Notice, TitleChip
from app.viewports.chrome import FloatingPanel
from app.viewports.fade import Fade
from app.viewports.hand import HandViewport
from app.viewports.legend import LegendPanel
from app.viewports.modes import ViewModes
from app.viewports.tools import BrushSettings, ToolStrip
from app.viewports.transport import TransportBar
from engine.core.capabilities import Capabilities
from engine.core.commands import RunnerState
from engine.core.params import ParamField
from engine.core.views import ImageView, MeshView, View

__all__ = ["Overlay"]

_MOVES = (
    QEvent.Type.Resize,
    QEvent.Type.LayoutRequest,
    QEvent.Type.ShowToParent,
    QEvent.Type.HideToParent,
)

EDGE = 12
GAP = 8
FADE_AFTER_MS = 3000


class Overlay(QObject):
    """The chrome of one viewport: title, tools, modes, transport, hint and notice.

    Parameters
    ----------
    viewport : Viewport
        It owns the overlay. Tools and modes are there for a `HandViewport` only.

    Attributes
    ----------
    transport : TransportBar
    modes : ViewModes
    tools : ToolStrip
    notice_pressed : signal
        The button of the notice was pressed.
    """

    notice_pressed = Signal()

    def __init__(self, viewport: Viewport) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self.title = TitleChip(viewport)
        self.transport = TransportBar(viewport)
        self._hint = HintChip(viewport)
        self._notice = Notice(viewport)
        self._notice.pressed.connect(self.notice_pressed)
        self.modes: ViewModes | None = None
        self.tools: ToolStrip | None = None
        self.legend: LegendPanel | None = None
        self._faded = False
        self._settings: BrushSettings | None = None
        self._capabilities: Capabilities | None = None
        self._viewed = False
        self._immersive = False
        self._still = QTimer(self, singleShot=True, interval=FADE_AFTER_MS)
        self._still.timeout.connect(self._fade_out)
        self._hand = viewport if isinstance(viewport, HandViewport) else None
        if self._hand is not None:
            self._add_hand_chrome(self._hand)
        self._fade = Fade(self)
        self._appeared: list[FloatingPanel] = []
        viewport.installEventFilter(self)
        for part in self._chrome():
            part.installEventFilter(self)
            part.hide()  # until there is something to steer
        if self._settings is not None:
            self._settings.installEventFilter(self)
        self.lay_out()

    def set_title(self, title: str) -> None:
        """Name the world."""
        self.title.set_title(title)
        self._appear(self.title)
        self.lay_out()

    def set_view(self, view: View) -> None:
        """Follow a view: its step, its channels."""
        self._viewed = True
        self.title.set_step(view.step)
        if not isinstance(view, ImageView | MeshView):
            return
        if self.modes is not None and self.tools is not None:
            self.modes.set_view(view)
            self._appear(self.modes)
            self._appear(self.tools)
            assert self._settings is not None
            self._settings.set_channels(view.channels)
            assert self.legend is not None
            self._follow_legend(view)

    def _follow_legend(self, view: ImageView | MeshView) -> None:
        """Say what the colours mean, as they are drawn here."""
        assert self.legend is not None
        assert self.modes is not None
        assert self._hand is not None
        legend = self._hand.legend_of(view)
        self.legend.set_adjustable(view.legend is None and legend is not None)
        if self.legend.set_legend(legend):
            self.modes.set_legend(legend is not None)
            self.lay_out()

    def _adjust_limits(self) -> None:
        """Open the limits of the colour map under the buttons that lead to them."""
        assert self._hand is not None
        assert self.modes is not None
        corner = self.modes.mapToGlobal(self.modes.rect().bottomRight())
        self._hand.adjust_limits(corner)

    def set_choices(self, fields: tuple[ParamField, ...], values: Mapping[str, Any]) -> None:
        """Offer choice parameters that say how the view is drawn, and show their values."""
        if self.modes is not None:
            before = self.modes.full_width()
            self.modes.set_choices(fields, values)
            if self.modes.full_width() != before:
                self.lay_out()

    def set_state(self, state: RunnerState) -> None:
        """Follow the runner: what runs, what can be done."""
        self.transport.set_state(state)
        self._appear(self.transport)
        self.title.set_seed(state.seed)
        if not self._viewed:  # a state may be older than the last view: the step would jump back
            self.title.set_step(state.step)
        can = state.capabilities
        if can is not None and can != self._capabilities:
            self._capabilities = can
            if self._hand is not None:
                self._hand.set_capabilities(can)

    def say_notice(self, words: str, icon: str = "", role: str = "dim", button: str = "") -> None:
        """Say one line where the picture would be ("" takes it away), with a button if given."""
        self._notice.say(words, icon, role, button)
        self._notice.place(self._viewport)
        self._notice.raise_()

    @property
    def hint(self) -> str:
        """The line above the transport."""
        return self._hint.words

    def say_hint(self, words: str) -> None:
        """Say one line above the transport, until the first stroke is made; "" takes it away."""
        self._hint.say(words)
        self.lay_out()

    def set_immersive(self, on: bool) -> None:
        """Let the chrome fade after three seconds without the mouse, as in full screen."""
        self._immersive = on
        if on:
            self._still.start()
        else:
            self._still.stop()
            self._come_back()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the viewport's size and the mouse."""
        kind = event.type()
        if kind == QEvent.Type.Resize and watched is self._viewport:
            self.lay_out()
        elif kind == QEvent.Type.Hide and watched is self._viewport:
            self._close_settings()
        elif isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if kind == QEvent.Type.ShortcutOverride and self._close_settings():
                event.accept()
                return True
            if kind == QEvent.Type.KeyPress and self._close_settings():
                return True
        elif kind in _MOVES:
            self._place()
        elif self._immersive and kind in (
            QEvent.Type.MouseMove,
            QEvent.Type.MouseButtonPress,
            QEvent.Type.KeyPress,
            QEvent.Type.Enter,
        ):
            self._come_back()
            self._still.start()
        return False

    def lay_out(self) -> None:
        """Choose how much fits, then place it; nothing overlaps at any size."""
        width, height = self._viewport.width(), self._viewport.height()
        level = 0
        while level < 3 and self.transport.width_at(level) > width - 2 * EDGE:
            level += 1
        self.transport.set_level(level)
        if self.modes is not None and self.tools is not None:
            free = width - 2 * EDGE - GAP
            self.modes.set_compact(self.modes.full_width() > free - 160)
            used = self.modes.sizeHint().width() if not self.modes.isHidden() else 0
            self.title.set_room(max(free - used, 80))
            room = height - 2 * EDGE - self.title.height() - GAP - self._bottom()
            self.tools.set_compact(self.tools.full_height() > room)
        else:
            self.title.set_room(max(width - 2 * EDGE - GAP - self._viewport.chrome_width(), 48))
        self._place()

    def _appear(self, part: FloatingPanel) -> None:
        """Show a part for the first time; while the chrome has faded it stays away."""
        if part not in self._appeared:
            self._appeared.append(part)
            self._fade.add(part)
            self.lay_out()

    def _bottom(self) -> int:
        """How much height the transport takes from the tool strip."""
        return self.transport.sizeHint().height() + GAP

    def _place(self) -> None:
        width, height = self._viewport.width(), self._viewport.height()
        self.title.resize(self.title.sizeHint())
        self.title.move(EDGE, EDGE)
        bar = self.transport.sizeHint()
        self.transport.move(max((width - bar.width()) // 2, 0), height - EDGE - bar.height())
        self._hint.move(
            (width - self._hint.width()) // 2, self.transport.y() - GAP - self._hint.height()
        )
        if self.modes is not None and self.tools is not None and self._settings is not None:
            self.modes.move(width - EDGE - self.modes.sizeHint().width(), EDGE)
            self.tools.move(EDGE, EDGE + self.title.height() + GAP)
            self._settings.move(
                EDGE + self.tools.sizeHint().width() + GAP,
                min(
                    self.tools.y() + self.tools.sizeHint().height() - self._settings.height(),
                    self.transport.y() - GAP - self._settings.height(),
                ),
            )
            self._place_legend(self.legend, self.modes)
            assert self._hand is not None
            self._hand.keep_clear(self._margins(self.modes, self.tools))
        self._notice.place(self._viewport)

    def _margins(self, modes: ViewModes, tools: ToolStrip) -> QMargins:
        """Say how much of each side is covered, with what comes and goes: nothing shall jump."""
        high = max(self.title.sizeHint().height(), modes.sizeHint().height())
        low = self.transport.sizeHint().height() + GAP + self._hint.sizeHint().height()
        left = EDGE + tools.sizeHint().width() + GAP
        return QMargins(left, EDGE + high + GAP, EDGE, EDGE + low + GAP)

    def _place_legend(self, legend: LegendPanel | None, modes: ViewModes) -> None:
        """Hang the legend under the modes, if it is wanted and there is room for it."""
        assert legend is not None
        legend.resize(legend.sizeHint())
        assert self._hand is not None
        ends = [modes.y() + modes.sizeHint().height()]
        ends += [bar.geometry().bottom() for bar in self._hand.bars() if bar.isVisible()]
        top = max(ends) + GAP
        legend.move(self._viewport.width() - EDGE - legend.width(), top)
        fits = top + legend.height() <= self.transport.y() - GAP
        roomy = legend.width() <= self._viewport.width() // 3
        wanted = modes.legend_wanted and legend.legend is not None and not modes.isHidden()
        legend.setVisible(fits and roomy and wanted and not self._faded)

    def _chrome(self) -> tuple[FloatingPanel, ...]:
        parts = (self.title, self.transport, self.modes, self.tools)
        return tuple(part for part in parts if part is not None)

    def _add_hand_chrome(self, hand: HandViewport) -> None:
        self.modes = ViewModes(hand.display, hand)
        self.tools = ToolStrip(hand.tools, hand)
        self._settings = BrushSettings(hand.tools, hand)
        self._settings.hide()
        self.legend = LegendPanel(hand)
        self.legend.hide()
        self.modes.legend_toggled.connect(self._place)
        self.modes.mode_chosen.connect(hand.set_mode)
        self.modes.switched.connect(hand.set_switch)
        self.modes.jumped.connect(hand.jump)
        self.modes.colormap_chosen.connect(hand.set_colormap)
        hand.switched.connect(self.modes.set_switch)
        hand.mode_changed.connect(self.modes.set_mode)
        hand.map_changed.connect(self.modes.set_map)
        self.modes.limits_asked.connect(self._adjust_limits)
        self.legend.pressed.connect(self._adjust_limits)
        self.tools.tool_chosen.connect(hand.set_tool)
        self.tools.settings_toggled.connect(self._show_settings)
        self._settings.changed.connect(hand.tools_changed)
        hand.tools_changed.connect(self._tools_changed)
        hand.stroked.connect(self._stroke_made)
        for bar in hand.bars():
            bar.installEventFilter(self)
        hand.space_tapped.connect(self.transport.toggle_play)
        for part in (*self._chrome(), self._settings, self.legend):
            part.entered.connect(hand.clear_hover)

    def _tools_changed(self) -> None:
        assert self.tools is not None
        assert self._settings is not None
        self.tools.rebuild()
        self._settings.refresh()
        self.lay_out()

    def _show_settings(self, on: bool) -> None:
        assert self._settings is not None
        self._settings.refresh()
        self._settings.setVisible(on)
        self._place()

    def _stroke_made(self) -> None:
        self._hint.say("")
        self._close_settings()

    def _close_settings(self) -> bool:
        """Put the brush settings away; tells whether they were there."""
        if self.tools is None or not self.tools.settings_shown():
            return False
        self.tools.close_settings()
        return True

    def _fade_out(self) -> None:
        busy = any(part.underMouse() for part in self._chrome())
        if self._immersive and not busy:
            self._faded = True
            self._fade.hide()
            self._place()

    def _come_back(self) -> None:
        self._fade.show()
        if self._faded:
            self._faded = False
            self._place()
