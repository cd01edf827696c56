"""Two linked worlds in one page: the first, the second, their difference, or both by a wipe."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout, QWidget

from app import theme
from app.driving import new_seed
from app.jumping import Jumper
from app.linking import Link
from app.looking import Seen
from app.measures import measures_of
from app.viewports.base import Viewport
from app.viewports.compare_bar import MODES, CompareBar
from app.viewports.compare_story import Story
from app.viewports.drop import DropOverlay
from app.viewports.factory import make_viewport
from app.viewports.hand import HandViewport
from app.viewports.overlay import Overlay
from app.world import World
from engine.core.commands import Brush, Pause, Play, Reset, RunnerState, SetSpeed, Step
from engine.core.difference import Difference, difference, wipe
from engine.core.errors import BadInput
from engine.core.system import ViewOffer
from engine.core.views import ImageView, View

__all__ = ["ComparePage"]

NO_PICTURE = (
    "These two show nothing of the same kind: link two worlds of one system to compare them"
)
NO_DIFFERENCE = (
    "What these worlds show is no picture, and its difference cannot be drawn. "
    "They stay in step all the same: change one, and look at both."
)
_KINDS = ("image", "tapes", "mesh", "heads", "matrices")
LEAST_REST_MS = 20
_MOST = 1024  # texels of a side that are compared; more are reduced


class ComparePage(QWidget):
    """Shows what a link brings of both worlds; it has no runner of its own.

    Signals
    -------
    link_asked
        The worlds are no longer linked, and shall be again.
    """

    link_asked = Signal()

    def __init__(self, link: Link, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Comparison")
        self.link: Link | None = None
        self.pair: tuple[World, World] = link.pair
        self.mode = "difference"
        self.found: Difference | None = None
        self.story = Story()
        self.jumper = Jumper(link.pair[0], self)
        self._seen = Seen(None, None)
        self._asked = self._immersive = False
        self._rest = QTimer(self, singleShot=True)  # comparing must leave the window time
        self._rest.timeout.connect(self._rested)
        self._missed = False  # whether something happened since the last look was asked for
        self._kept: Mapping[str, Any] = {}
        self._offer: ViewOffer | None = None
        self.viewport: Viewport | None = None
        self._overlay: Overlay | None = None
        self._build()
        DropOverlay(self, _refused)
        self.join(link)

    # Building.

    def _build(self) -> None:
        self.bar = CompareBar()
        self.bar.set_mode(self.mode)
        self.bar.mode_chosen.connect(self.set_mode)
        self.bar.wiped.connect(self._show)
        self.bar.view_chosen.connect(self._view_chosen)
        self.bar.again_asked.connect(self._reset)
        self.bar.link_asked.connect(self.link_asked)
        self._empty = QLabel("Waiting for both worlds...")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(theme.GAP)
        self._empty.setProperty("dim", True)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addLayout(self._stack, 1)

    # The link.

    def join(self, link: Link) -> None:
        """Follow a link of the two worlds."""
        self.leave()
        self.link = link
        link.settled.connect(self.refresh)
        link.changed.connect(self._changed)
        link.ended.connect(self.leave)
        for world in self.pair:
            world.state_changed.connect(self._changed)
            world.title_changed.connect(self._changed)
        self.bar.set_linked(True)
        self._let_work(on=True)
        self._changed()
        self.refresh()

    def leave(self) -> None:
        """Follow the link no more: it ended. What was seen last stays."""
        link, self.link = self.link, None
        if link is None:
            return
        link.settled.disconnect(self.refresh)
        link.changed.disconnect(self._changed)
        link.ended.disconnect(self.leave)
        for world in self.pair:
            world.state_changed.disconnect(self._changed)
            world.title_changed.disconnect(self._changed)
        self._asked = False
        self._rest.stop()
        self.bar.set_linked(False)
        self.bar.say("Not linked any more: each goes its own way")
        self._let_work(on=False)

    def _let_work(self, *, on: bool) -> None:
        """Take strokes and time only while they reach both."""
        if self._overlay is not None:
            self._overlay.transport.setEnabled(on)
            self._overlay.set_state(self._plain(self.pair[0].state))

    def _changed(self) -> None:
        self._choose_view()
        for world, mode in zip(self.pair, MODES, strict=False):
            self.bar.buttons[mode].setToolTip(f"{world.title}, step {world.state.step:,}")
        if self._overlay is not None:
            self._overlay.set_state(self._plain(self.pair[0].state))

    def _plain(self, state: RunnerState) -> RunnerState:
        """Offer what both can do at once: no learning, and strokes only where they are shared."""
        can = state.capabilities
        if can is None:
            return state
        shared = self.link is not None and self.link.alike
        brushes = can.brushes if shared else ()
        return replace(state, capabilities=replace(can, trainable=False, brushes=brushes))

    # What is looked at.

    def _choose_view(self) -> None:
        """Show the first picture that both offer."""
        offers = [_comparable(world.state) for world in self.pair]
        if not all(world.state.alive for world in self.pair):
            return
        both = [o for o in offers[0] if any(_same(o, other) for other in offers[1])]
        self.bar.set_views([o.title for o in both], str(self._kept.get("view", "")))
        offer = next((o for o in both if o.title == self.bar.view), None)
        if offer is None:
            self._drop_view()
            self._empty.setText(NO_PICTURE if offers[0] or offers[1] else NO_DIFFERENCE)
            self._stack.setCurrentWidget(self._empty)
            return
        if self._offer is not None and _same(offer, self._offer):
            return
        self._drop_view()
        self._offer = offer
        # Programs are compared as a picture: the bytes are in it.
        kind = "image" if offer.kind == "tapes" else offer.kind
        self._make_view(replace(offer, kind=kind))

    def _view_chosen(self) -> None:
        self.story.begin()
        self._choose_view()

    def _drop_view(self) -> None:
        self._offer, self.found, self._seen = None, None, Seen(None, None)
        if self.viewport is not None:
            self._stack.removeWidget(self.viewport)
            self.viewport.hide()
            self.viewport.deleteLater()
            self.viewport = self._overlay = None

    def _make_view(self, offer: ViewOffer) -> None:
        viewport = self.viewport = make_viewport(offer, self)
        overlay = self._overlay = Overlay(viewport)
        overlay.set_title(f"{self.pair[0].title} and {self.pair[1].title}")
        viewport.request_changed.connect(self.refresh)
        if isinstance(viewport, HandViewport):
            viewport.stroked.connect(self._stroke)
            viewport.set_measures(measures_of(self.pair[0]))
        overlay.set_immersive(self._immersive)
        bar = overlay.transport
        bar.play_toggled.connect(self.toggle_play)
        bar.step_requested.connect(self._step)
        bar.run_to_requested.connect(self.jumper.go)
        bar.jump_requested.connect(self.jumper.jump)
        self.jumper.refused.connect(bar.strip.settle)
        bar.reset_requested.connect(self._reset)
        bar.reseed_requested.connect(self._reseed)
        bar.speed_changed.connect(self._set_speed)
        kept = self._kept.get("looks")
        if isinstance(kept, Mapping):
            viewport.recall(kept)
        self._stack.addWidget(viewport)
        self._stack.setCurrentWidget(viewport)
        overlay.set_state(self._plain(self.pair[0].state))
        self.bar.set_wipes(offer.kind == "image")
        if offer.kind != "image" and self.mode == "wipe":
            self.set_mode("difference")
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Look again: nothing was asked for while it was out of sight."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing more."""
        self._asked = False
        super().hideEvent(event)

    def refresh(self) -> None:
        """Ask for both worlds as they stand now."""
        if self.link is None or self.viewport is None or not self.isVisible():
            return
        if self._asked or self._rest.isActive():
            self._missed = True
            return
        self._asked, self._missed = True, False
        request = replace(
            self.viewport.request(), region=None, max_size=_MOST, probes=(), eye=None, size=None
        )
        self.link.look(self.viewport.name, request, self._take)

    def _take(self, seen: Seen) -> None:
        self._asked = False
        if self.viewport is None:
            return
        start = time.perf_counter()
        self._compare(seen)
        took = time.perf_counter() - start
        self._rest.start(max(LEAST_REST_MS, round(2000 * took)))

    def _rested(self) -> None:
        if self._missed:
            self.refresh()

    def _compare(self, seen: Seen) -> None:
        self._seen = seen
        if seen.first is None or seen.second is None:
            self.bar.say(seen.problem)
            return
        try:
            self.found = difference(seen.first, seen.second)
            self.story.take(self.found, seen.first.step)
            self.bar.say(self.words())
        except BadInput as error:
            self.found = None
            self.bar.say(str(error))
        self._show()

    def words(self) -> str:
        """Say what differs, and where the worlds stand if not at the same step."""
        if self.found is None or self._seen.first is None or self._seen.second is None:
            return ""
        words = self.story.words(self.found)
        steps = self._seen.first.step, self._seen.second.step
        return words if steps[0] == steps[1] else f"Steps {steps[0]:,} and {steps[1]:,}. {words}"

    def _show(self) -> None:
        view = self.shown
        if view is not None and self.viewport is not None:
            self.viewport.set_view(view)
            if self._overlay is not None:
                self._overlay.set_view(view)

    @property
    def shown(self) -> View | None:
        """What the mode shows of what was seen last."""
        first, second = self._seen.first, self._seen.second
        if self.mode == "first":
            return first
        if self.mode == "second":
            return second
        if self.mode == "difference":
            return self.found.view if self.found is not None else None
        if isinstance(first, ImageView) and isinstance(second, ImageView) and self.found:
            return wipe(first, second, self.bar.share, theme.current().ground_rgb())
        return None

    @property
    def seen(self) -> Seen:
        """Both worlds as they were seen last."""
        return self._seen

    # What the user does.

    def set_mode(self, mode: str) -> None:
        """Show the first world, the second, the difference or both by a wipe."""
        self.mode = mode
        self.bar.set_mode(mode)
        self._show()

    def toggle_play(self) -> None:
        """Let time of both run, or stop it."""
        state = self.pair[0].state
        running = state.playing or state.target_step is not None
        self.pair[0].submit(Pause() if running else Play())

    def _step(self, count: int) -> None:
        self.pair[0].submit(Step(count))

    def _reset(self) -> None:
        self.story.begin()
        self.pair[0].submit(Reset())

    def _reseed(self) -> None:
        self.story.begin()
        self.pair[0].submit(Reset(new_seed(self.pair[0].state.seed)))

    def _set_speed(self, speed: float | None) -> None:
        self.pair[0].submit(SetSpeed(speed))

    def _stroke(self, stroke: Any) -> None:
        self.pair[0].submit(Brush(stroke))

    def set_immersive(self, on: bool) -> None:
        """Let the chrome fade, in full screen."""
        self._immersive = on
        self.bar.setVisible(not on)
        if self._overlay is not None:
            self._overlay.set_immersive(on)

    # Remembering.

    def memento(self) -> dict[str, Any]:
        """Return what is shown and from where, as JSON."""
        looks = self.viewport.memento() if self.viewport is not None else self._kept.get("looks")
        return {"mode": self.mode, "view": self.bar.view, "looks": looks or {}}

    def recall(self, memento: Mapping[str, Any]) -> None:
        """Show what was shown; what makes no sense is passed over."""
        self._kept = memento
        mode, looks = memento.get("mode"), memento.get("looks")
        if mode in MODES:
            self.set_mode(mode)
        if self.viewport is not None and isinstance(looks, Mapping):
            self.viewport.recall(looks)


def _refused(data: QMimeData) -> tuple[bool, str]:
    """Say where a file can be dropped instead."""
    return False, "Drop it on one of the two worlds"


def _comparable(state: RunnerState) -> list[ViewOffer]:
    can = state.capabilities
    offers = can.views if can is not None else ()
    return [offer for offer in offers if offer.place == "main" and offer.kind in _KINDS]


def _same(one: ViewOffer, other: ViewOffer) -> bool:
    return (one.name, one.kind) == (other.name, other.kind)
