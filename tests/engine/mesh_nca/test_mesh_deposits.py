"""What the hand did to a mesh comes back with the state that it was done to."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core import commands as c
from engine.core.handling import handle
from engine.core.registry import system_class
from engine.core.spec import Spec
from engine.core.stage import Stage
from engine.core.transport import Transport
from engine.core.views import Stroke
from engine.systems.mesh_nca import MeshNca

TINY = {"vertices": 162, "hidden": 16}


@pytest.fixture
def stage() -> Stage:
    spec = Spec("mesh-nca", TINY, seed=1, device="cpu")
    made = Stage(spec, system_class, Transport(False), lambda: None)
    made.build(spec)
    return made


def _erase(stage: Stage, number: int) -> None:
    at = tuple(float(x) for x in _world(stage).surface.vertices[0])
    handle(stage, c.Brush(Stroke("world", "erase", (at,), 0.3, number=number)))


def _world(stage: Stage) -> MeshNca:
    assert isinstance(stage.system, MeshNca)
    return stage.system


def test_a_stroke_can_be_undone_after_a_reset_was_taken_back(stage: Stage) -> None:
    for _ in range(3):
        stage.system.step()
    before = _world(stage)._living.cells.copy()
    _erase(stage, 1)
    erased = _world(stage)._living.cells.copy()
    assert not np.array_equal(before, erased)
    back = handle(stage, c.Reset()).inverse
    assert stage.undo_words() == ("", "")
    assert back is not None
    handle(stage, back)
    np.testing.assert_array_equal(_world(stage)._living.cells, erased)
    assert stage.undo_words()[0] == "erase stroke"
    handle(stage, c.Undo())
    np.testing.assert_array_equal(_world(stage)._living.cells, before)


def test_strokes_after_a_bookmark_are_none_of_its_own(stage: Stage) -> None:
    for _ in range(3):
        stage.system.step()
    marked = handle(stage, c.Keep("here")).value
    _erase(stage, 1)
    handle(stage, c.Restore(marked.deposit))
    assert stage.undo_words() == ("", "")
