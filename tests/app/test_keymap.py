"""Keys that the user changes: none is anybody's twice, and a refusal says whose it is."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QKeySequence

from app.actions import ACTIONS
from app.keymap import RESERVED, Keymap, portable
from engine.core.errors import BadInput


@dataclass(frozen=True)
class Action:
    id: str
    text: str
    shortcut: str = ""
    also: str = ""


FEW = (
    Action("file.open", "Open...", "Ctrl+O"),
    Action("edit.redo", "Redo", "Ctrl+Shift+Z", "Ctrl+Y"),
    Action("world.close", "Close world"),
    Action("transport.play", "Play", "Space"),
)


def _unique(keymap: Keymap) -> bool:
    keys = [QKeySequence.fromString(key) for id in keymap.ids() for key in keymap.keys(id)]
    none = QKeySequence.SequenceMatch.NoMatch
    return all(a.matches(b) == none for a, b in itertools.permutations(keys, 2))


def test_declared_keys_are_those_of_the_table() -> None:
    keymap = Keymap(ACTIONS)
    assert _unique(keymap)
    assert keymap.changes() == {}
    for spec in ACTIONS:
        first = keymap.keys(spec.id)[:1]
        assert first == ((portable(spec.shortcut),) if spec.shortcut else ())


def test_a_key_can_be_changed_and_brought_back() -> None:
    keymap = Keymap(FEW)
    keymap.set("file.open", ["ctrl+alt+o"])
    assert keymap.keys("file.open") == ("Ctrl+Alt+O",)
    assert keymap.is_changed("file.open")
    assert keymap.owner("Ctrl+O") == ""
    assert keymap.changes() == {"file.open": ["Ctrl+Alt+O"]}
    assert "Ctrl+Alt+O  *" in keymap.text()
    keymap.reset("file.open")
    assert not keymap.is_changed("file.open")
    assert keymap.keys("file.open") == ("Ctrl+O",)


def test_a_key_that_is_taken_is_refused_with_the_others_name() -> None:
    keymap = Keymap(FEW)
    with pytest.raises(BadInput, match="taken by Redo"):
        keymap.set("file.open", ["Ctrl+Y"])
    assert keymap.keys("file.open") == ("Ctrl+O",)
    keymap.set("edit.redo", ["Ctrl+Shift+Z"])
    keymap.set("file.open", ["Ctrl+Y"])
    with pytest.raises(BadInput, match="taken by Open"):
        keymap.reset("edit.redo")
    keymap.reset_all()
    assert keymap.changes() == {}


def test_a_key_that_begins_another_is_taken_as_well() -> None:
    keymap = Keymap(FEW)
    keymap.set("world.close", ["Ctrl+K, Ctrl+W"])
    assert "taken by Close world" in keymap.objection("file.open", "Ctrl+K")
    assert keymap.objection("file.open", "Ctrl+K, Ctrl+O") == ""


@pytest.mark.parametrize("key", ["", "no key at all", "\x00"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match="no key"):
        Keymap(FEW).set("file.open", [key])


def test_keys_of_the_picture_stay_the_pictures() -> None:
    keymap = Keymap(FEW)
    for key in RESERVED:
        assert portable(key) == key
        assert RESERVED[key] in keymap.objection("file.open", key)
    assert keymap.objection("file.open", "O, X")
    # Play has Space by its declaration: it means the same by it, and may have it back.
    keymap.set("transport.play", ["Ctrl+Space"])
    keymap.reset("transport.play")
    assert keymap.keys("transport.play") == ("Space",)


def test_every_key_that_a_picture_takes_for_a_switch_is_reserved() -> None:
    from app.viewports import grid, mesh, tapes

    kinds = (grid.GridViewport, mesh.MeshViewport, tapes.TapesViewport)
    keys = {switch.key for kind in kinds for switch in kind.display.switches}
    keys |= {jump.key for kind in kinds for jump in kind.display.jumps}
    declared = {key for spec in ACTIONS for key in (spec.shortcut, spec.also)}
    assert "O" in keys
    assert {key for key in keys if key} <= set(RESERVED) | declared


def test_two_keys_at_most_and_no_unknown_action() -> None:
    keymap = Keymap(FEW)
    with pytest.raises(BadInput, match="at most"):
        keymap.set("file.open", ["Ctrl+1", "Ctrl+2", "Ctrl+3"])
    with pytest.raises(BadInput, match="no action"):
        keymap.set("nobody", ["Ctrl+1"])


KEYS = ("Ctrl+O", "Ctrl+Y", "Ctrl+Shift+Z", "Space", "X", "Ctrl+K", "Ctrl+K, X", "O", "nonsense")
ODD: tuple[Any, ...] = (None, True, 3, "Ctrl+O", {}, [3], [None], [["X"]], ["Ctrl+"], ["\ud800"])
CHANGED = st.dictionaries(
    st.sampled_from([*(action.id for action in FEW), "gone.away"]),
    st.lists(st.sampled_from(KEYS), max_size=3) | st.sampled_from(ODD),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(CHANGED)
def test_whatever_the_settings_hold_no_key_is_anybodys_twice(changed: dict[str, Any]) -> None:
    keymap = Keymap(FEW, changed)
    assert _unique(keymap)
    kept = json.loads(json.dumps(keymap.changes()))
    again = Keymap(FEW, kept)
    assert again.changes() == keymap.changes()


def test_a_key_that_begins_another_of_the_same_action_is_left_out() -> None:
    keymap = Keymap(FEW, {"file.open": ["Ctrl+K", "Ctrl+K, X"]})
    assert _unique(keymap)
    assert keymap.changes() == {}


def test_two_actions_can_swap_their_keys_in_the_settings() -> None:
    swapped = {"file.open": ["Ctrl+Y"], "edit.redo": ["Ctrl+O"]}
    assert Keymap(FEW, swapped).changes() == swapped
