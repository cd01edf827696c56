"""The chrome on a mesh: its modes, tools and choices."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.viewports.mesh import MeshViewport
from app.viewports.overlay import Overlay
from engine.core.params import Params, fields_of, live
from engine.core.views import Legend


def test_the_chrome_has_what_a_mesh_needs(
    viewport: MeshViewport, qtbot: QtBot, ball: Any, caught: Any
) -> None:
    viewport.resize(900, 600)
    overlay = Overlay(viewport)
    overlay.set_view(ball(legend=Legend(note="Bright is high")))
    assert overlay.modes is not None
    assert overlay.tools is not None
    assert overlay.legend is not None
    assert overlay.modes._offered() == ("colour", "channel")
    assert set(overlay.modes._menu._switches) == {
        *["turntable", "orthographic", "wires", "dots"],
        "locked",
    }
    assert overlay.legend.isVisible()
    overlay.modes._quick["turntable"].click()
    assert viewport._on["turntable"]
    QTest.keyClick(viewport, Qt.Key.Key_O)
    assert not overlay.modes._quick["turntable"].isChecked()
    overlay.modes._menu._switches["orthographic"].trigger()
    assert viewport.eye().orthographic
    overlay.modes.set_switch("smooth", True)  # of grids: nothing here
    texts = {action.text() for action in overlay.modes._menu.actions()}
    assert "Wireframe\tW" in texts
    front = next(a for a in overlay.modes._menu.actions() if a.text().startswith("From the front"))
    front.trigger()
    assert (viewport.eye().azimuth, viewport.eye().elevation) == (0, 0)
    viewport.set_tool("scale")
    settings = overlay._settings
    assert settings is not None
    settings.refresh()
    assert settings._labels["Value"].text() == "Factor"
    assert settings._figures["Value"].text() == "1.50x"
    settings._value.set_fraction(0.0)
    settings._value.valueChanged.emit(settings._value.value())
    strokes = caught(viewport.stroked)
    viewport.stroke_along((QPointF(viewport.rect().center()),))
    assert strokes[0].value == pytest.approx(0.5)
    viewport.set_tool("erase")
    assert viewport.tools.amount == 1.0


def test_what_would_show_nothing_is_left_out(viewport: MeshViewport, ball: Any) -> None:
    class Look(Params):
        shown: Literal["shaded", "height", "valence"] = live("shaded", title="Shown", help="Seen")

    overlay = Overlay(viewport)
    overlay.set_choices(fields_of(Look), {"shown": "shaded"})
    assert overlay.modes is not None
    made: list[Any] = []
    overlay.modes.choice_made.connect(lambda *choice: made.append(choice))
    overlay.set_view(ball(lacking=frozenset({"height"})))
    overlay.modes.choose_next()
    overlay.set_view(ball())
    overlay.modes.choose_next()
    assert made == [("shown", "valence"), ("shown", "height")]


def test_a_choice_of_the_system_s_own_takes_the_place_of_a_channel(
    viewport: MeshViewport, ball: Any
) -> None:
    overlay = Overlay(viewport)
    overlay.set_view(ball())
    modes = overlay.modes
    assert modes is not None
    field = next(f for f in fields_of(ShownParams) if f.name == "shown")
    overlay.set_choices((field,), {"shown": "albedo"})
    assert modes._offered() == ("channel",)
    chosen: list[Any] = []
    modes.choice_made.connect(lambda name, value: chosen.append((name, value)))
    modes._channels.actions()[2].trigger()
    assert viewport.request().channels == (1,)
    assert modes._buttons["channel"].isChecked()
    modes._choices["shown"].choose_next()
    assert viewport.request().channels == ()
    assert chosen == [("shown", "normal")]
    modes._channels.actions()[3].trigger()
    assert viewport.request().channels == (2,)
    modes._channels.actions()[0].trigger()  # none
    assert viewport.request().channels == ()


class ShownParams(Params):
    """A choice of how it is drawn."""

    shown: Literal["albedo", "normal"] = live("albedo", "What is shown")
