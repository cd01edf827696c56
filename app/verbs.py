"""What a script may say beside the actions' ids: wait, screenshot, drop, set, stroke, pin, ..."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.actions import ACTIONS
from app.dropping import plan_file
from app.hands import Hands
from app.screen_picture import picture_of
from app.script import Awaited
from app.timing import Trace
from app.viewports.brush import next_gesture
from app.viewports.hand import HandViewport
from app.viewports.tapes import TapesViewport
from app.waits import Waits, for_seconds
from app.window import MainWindow
from engine.core.commands import Brush, Jump, SetSpeed
from engine.core.errors import BadInput
from engine.core.views import Pick, Stroke

__all__ = ["Verbs"]

SWAY_MS = 10


class Verbs:
    """Looks a verb up; calling the result does it and may return a condition to wait for."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._hands = Hands(window)
        self._hovers = False
        self._own: dict[str, Callable[[str], Awaited | None]] = {
            "wait": self._wait,
            "wait-for": Waits(window),
            "screenshot": self._screenshot,
            "drop": self._drop,
            "hover-drop": self._hover_drop,
            "set": self._set,
            "size": self._size,
            "stroke": self._stroke,
            "stroke-at": self._stroke_at,
            "hover-at": self._hover_at,
            "pin": self._pin,
            "pin-at": self._pin_at,
            "orbit": self._orbit,
            "switch": self._switch,
            "theme": self._theme,
            "tab": self._tab,
            "view": self._view,
            "speed": self._speed,
            "jump": self._jump,
            "replay": self._replay,
            "mark": self._mark,
            "sway": self._sway,
            "key": self._key,
            "type": self._type,
            "click": self._click,
            "panel": self._panel,
            "quit": self._quit,
        }

    def __call__(self, verb: str) -> Callable[[str], object] | None:
        """Return what a verb does, None for an unknown one."""
        if verb in self._own:
            return self._own[verb]
        if any(spec.id == verb for spec in ACTIONS):
            window = self._window

            def act(argument: str) -> None:
                window.user_actions.run(verb, argument)

            return act
        return None

    def _wait(self, argument: str) -> Awaited:
        return for_seconds(float(argument or 1))

    def _screenshot(self, argument: str) -> None:
        if not argument:
            raise BadInput("screenshot needs a file name")
        picture = picture_of(self._window)
        if not picture.save(argument, "PNG"):
            raise BadInput("the screenshot could not be written", path=argument)

    def _drop(self, argument: str) -> None:
        if self._hovers:
            self._hands.leave()
            self._hovers = False
        self._window.filing.take(plan_file(_file(argument), self._window.lab))

    def _hover_drop(self, argument: str) -> None:
        if self._window.page is None:
            raise BadInput("no world is open")
        self._hands.hover(_file(argument))
        self._hovers = True

    def _set(self, argument: str) -> None:
        world = self._window.lab.world
        if world is None:
            raise BadInput("no world is open")
        name, _, text = argument.partition("=")
        field = next((f for f in world.fields if f.name == name.strip()), None)
        if field is None:
            known = ", ".join(f.name for f in world.fields)
            raise BadInput(f"there is no parameter {name!r}", remedy=f"Use one of: {known}")
        kinds: dict[str, Callable[[str], object]] = {
            "int": int,
            "float": float,
            "bool": lambda words: words.lower() in ("1", "true", "yes", "on"),
        }
        try:
            value = kinds.get(field.kind, str)(text.strip())
        except ValueError:
            raise BadInput(f"{name} cannot be {text!r}", remedy=field.range_text) from None
        world.set_param(field.name, value)

    def _size(self, argument: str) -> None:
        width, _, height = argument.partition("x")
        self._window.resize(int(width), int(height))

    def _stroke(self, argument: str) -> None:
        options = dict(word.split("=", 1) for word in argument.split() if "=" in word)
        points = tuple(
            tuple(float(part) for part in word.split(","))
            for word in argument.split()
            if "," in word
        )
        stroke = Stroke(
            "world",
            options.get("tool", "erase"),
            points,
            float(options.get("radius", 6)),
            float(options.get("value", 1)),
            int(options.get("channel", 0)),
            next_gesture(),
        )
        self._window.lab.submit(Brush(stroke))

    def _hand(self) -> HandViewport:
        page = self._window.page
        if page is None or not isinstance(page.viewport, HandViewport):
            raise BadInput("there is no picture that a hand can work on")
        return page.viewport

    def _stroke_at(self, argument: str) -> None:
        """Draw over points X,Y of the viewport, in pixels, as a hand does."""
        options = dict(word.split("=", 1) for word in argument.split() if "=" in word)
        points = tuple(_point(word) for word in argument.split() if "=" not in word)
        hand = self._hand()
        held = hand.tools.tool
        hand.set_tool(options.get("tool", held))
        if "radius" in options:
            hand.tools.radii[hand.tools.tool] = float(options["radius"])
        if "value" in options:
            hand.tools.set_amount(float(options["value"]))
        hand.stroke_along(points)

    def _hover_at(self, argument: str) -> None:
        self._hand().hover(_point(argument))

    def _pin_at(self, argument: str) -> None:
        hand = self._hand()
        place = hand.place_at(_point(argument))
        if place is None:
            raise BadInput(f"there is nothing at {argument}")
        hand.picked.emit(Pick(hand.name, place))

    def _orbit(self, argument: str) -> None:
        """Look at a mesh from AZIMUTH,ELEVATION[,DISTANCE]."""
        from app.viewports.mesh import MeshViewport

        hand = self._hand()
        if not isinstance(hand, MeshViewport):
            raise BadInput("there is no mesh to be looked at from elsewhere")
        azimuth, elevation, *rest = (float(part) for part in argument.split(","))
        hand.look_from(azimuth, elevation, rest[0] if rest else None)

    def _switch(self, argument: str) -> None:
        """Turn one of the viewport's switches on or off: NAME on|off."""
        name, _, state = argument.partition(" ")
        hand = self._hand()
        if name not in {switch.name for switch in hand.display.switches}:
            known = ", ".join(switch.name for switch in hand.display.switches) or "none"
            raise BadInput(f"there is no switch {name!r}", remedy=f"Use one of: {known}")
        hand.set_switch(name, state != "off")

    def _pin(self, argument: str) -> None:
        row, _, column = argument.partition(",")
        page = self._window.page
        if page is not None and isinstance(page.viewport, TapesViewport):
            page.viewport.pick_program((int(row), int(column)))
        elif page is not None:
            page.picked.emit((int(row), int(column)))

    def _theme(self, argument: str) -> None:
        self._window.set_theme(argument)

    def _tab(self, argument: str) -> None:
        self._window.bottom.setCurrentIndex(int(argument or 0))

    def _view(self, argument: str) -> None:
        """Show a view by its title, in the middle or in the bottom panel."""
        title = argument.strip()
        page, bottom = self._window.page, self._window.bottom
        here = page.titles() if page is not None else ()
        below = [bottom.tabText(place) for place in range(bottom.count())]
        if page is not None and title in here:
            page.choose(here.index(title))
        elif title in below:
            bottom.setCurrentIndex(below.index(title))
            bottom.wanted.emit()
        else:
            remedy = "Use one of: " + ", ".join((*here, *below))
            raise BadInput(f"there is no view {title!r}", remedy=remedy)

    def _speed(self, argument: str) -> None:
        """Steps per second, or ``max`` for as many as there can be."""
        try:
            speed = None if argument == "max" else float(argument)
        except ValueError:
            raise BadInput(f"no speed: {argument!r}", remedy="Use a number or max") from None
        self._window.lab.submit(SetSpeed(speed))

    def _jump(self, argument: str) -> Awaited:
        """Put the world to a step, and wait until it is there."""
        world = self._window.lab.world
        if world is None:
            raise BadInput("no world is open")
        if not argument.strip().isdigit():
            raise BadInput(f"{argument!r} is not a whole number", remedy="Write jump STEP")
        sent = world.submit(Jump(int(argument)))
        return Awaited(lambda: not world.waits_for(sent), lambda: world.state.step)

    def _replay(self, argument: str) -> None:
        """Play from before the last mark."""
        page = self._window.page
        if page is None or not page.overlay.transport.strip.marks:
            raise BadInput("nothing has happened that could be replayed")
        page.overlay.transport.replay.click()

    def _sway(self, argument: str) -> Awaited:
        """Move the picture to and fro for some seconds, as a hand does that pans."""
        seconds = float(argument or 1)
        until = time.monotonic() + seconds
        timer = QTimer(self._window)
        timer.setInterval(SWAY_MS)

        def move() -> None:
            page, left = self._window.page, until - time.monotonic()
            if left <= 0:
                timer.deleteLater()
            elif page is not None:
                page.viewport.sway(2 if int(2 * left) % 2 else -2)

        timer.timeout.connect(move)
        timer.start()
        return for_seconds(seconds)

    def _mark(self, argument: str) -> None:
        """Write a name into the trace, where there is one; see `app.timing`."""
        trace = self._window.findChild(Trace)
        if trace is not None:
            trace.mark(argument)

    def _key(self, argument: str) -> None:
        """Press keys, such as Ctrl+K, where the keyboard is."""
        keys = QKeySequence.fromString(argument)
        if keys.isEmpty():
            raise BadInput(f"{argument!r} are no keys", remedy="Write them like Ctrl+Shift+K")
        QTest.keySequence(self._focus(), keys)

    def _type(self, argument: str) -> None:
        """Type a text where the keyboard is."""
        QTest.keyClicks(self._focus(), argument)

    def _focus(self) -> QWidget:
        front = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        inside = front.focusWidget() if front is not None else None
        return inside or front or QApplication.focusWidget() or self._window

    def _click(self, argument: str) -> None:
        """Click a button that is seen, by its words or its accessible name."""
        wanted, known = argument.strip().rstrip("."), set()
        for top in reversed(QApplication.topLevelWidgets()):
            for button in top.findChildren(QAbstractButton) if top.isVisible() else ():
                names = {button.accessibleName(), button.text().replace("&", "").rstrip(".")}
                if button.isVisible() and button.isEnabled():
                    if wanted in names:
                        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
                        return
                    known |= names
        remedy = "Use one of: " + ", ".join(sorted(known - {""}))
        raise BadInput(f"no button called {wanted!r} is seen", remedy=remedy)

    def _panel(self, argument: str) -> None:
        """Bring a panel to the front, by the name of its dock."""
        docks = {dock.objectName(): dock for dock in self._window.docks.every()}
        if argument not in docks:
            remedy = "Use one of: " + ", ".join(sorted(docks))
            raise BadInput(f"there is no panel {argument!r}", remedy=remedy)
        docks[argument].show()
        docks[argument].raise_()

    def _quit(self, argument: str) -> None:
        self._window.close()


def _point(words: str) -> QPointF:
    x, _, y = words.partition(",")
    return QPointF(float(x), float(y))


def _file(name: str) -> Path:
    return Path(name).absolute()
