"""Heads switched off and heads replaced, on copies of the weights."""

import numpy as np
import pytest

from engine.attention.design import Design, Layer, shapes
from engine.attention.edits import Edits, check_head, kept, patchable, patched_weights
from engine.core.errors import BadInput

DESIGN = Design(6, 6, 6, (Layer("softmax", 2, 3), Layer("mesa", 3, 2)))


def made(design, value):
    return {name: np.full(shape, value, np.float32) for name, shape in shapes(design).items()}


def test_heads_are_switched_off_and_on_again():
    edits = Edits().toggled((1, 2))
    gates = edits.gates(DESIGN)
    assert gates.shape == (2, 3)
    assert gates.sum() == 5
    assert gates[1, 2] == 0
    assert not edits.toggled((1, 2))


def test_edits_go_round():
    edits = Edits(frozenset([(0, 1)]), frozenset([(1, 0), (1, 2)]))
    assert Edits.restored(edits.arrays(DESIGN), DESIGN) == edits


def test_a_patch_replaces_one_head_and_no_other():
    own, theirs = made(DESIGN, 1.0), made(DESIGN, 2.0)
    patched = patched_weights(DESIGN, own, theirs, frozenset([(1, 1)]))
    assert patched["layers/1/wq"][0].tolist() == [1, 1, 2, 2, 1, 1]
    assert patched["layers/1/wp"][:, 0].tolist() == [1, 1, 2, 2, 1, 1]
    assert patched["layers/1/lam"].tolist() == [1, 2, 1]
    assert patched["layers/0/wq"] is own["layers/0/wq"]
    assert (own["layers/1/wq"] == 1).all()


def test_only_what_is_constructed_can_be_patched():
    theirs = {n: a for n, a in made(DESIGN, 2.0).items() if n.startswith("layers/1/")}
    assert patchable(DESIGN, theirs) == {(1, 0), (1, 1), (1, 2)}
    assert patchable(DESIGN, {}) == frozenset()


def test_kept_heads_that_are_off_carry_nothing():
    weights = kept(DESIGN, made(DESIGN, 1.0), {}, Edits().toggled((0, 1)))
    assert weights["layers/0/wp"][:3].all()
    assert not weights["layers/0/wp"][3:].any()


def test_a_shared_layer_cannot_be_off_by_halves():
    design = Design(4, 4, 1, (Layer("linear", 1, 4),) * 2, shared=True)
    edits = Edits().toggled((0, 0))
    with pytest.raises(BadInput, match="some layers only"):
        kept(design, made(design, 1.0), {}, edits)
    weights = kept(design, made(design, 1.0), {}, edits.toggled((1, 0)))
    assert not weights["layers/0/wp"].any()


@pytest.mark.parametrize(
    ("head", "words"), [((2, 0), "no layer 2"), ((0, 2), "no head 2"), ((-1, 0), "no layer")]
)
def test_a_head_that_is_not_there_is_named(head, words):
    with pytest.raises(BadInput, match=words):
        check_head(DESIGN, head)
