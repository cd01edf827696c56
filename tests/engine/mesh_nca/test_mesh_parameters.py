"""Parameters of a mesh automaton: what goes together, and what becomes of them."""

from __future__ import annotations

import pytest

from engine.core.errors import BadInput
from engine.core.params import assign
from engine.mesh_nca import parameters
from engine.mesh_nca.parameters import MeshNcaParams
from engine.mesh_nca.rule import MeshRule


def test_the_defaults_are_the_published_network() -> None:
    assert MeshNcaParams().rule == MeshRule(16, 128, 1, "mean6")


def test_windows_have_to_fit_on_the_sphere() -> None:
    params = MeshNcaParams(training_vertices=4000)
    with pytest.raises(BadInput, match="reaches too far around a sphere"):
        assign(params, {"patch_pixels": 128})
    assert assign(params, {"patch_pixels": 128, "train_on": "own mesh"}).patch_pixels == 128
    with pytest.raises(BadInput, match="reaches too far"):
        assign(params, {"pixels_per_edge": 1.0})


def test_a_plan_says_everything_that_a_trainer_needs() -> None:
    params = MeshNcaParams(
        training_vertices=2562,
        patch_pixels=48,
        updates=70,
        prompt="moss",
        vgg_weights="v",
        clip_weights="c",
        motion="down",
        motion_speed=0.5,
        learning_rate=2e-3,
        steps_min=20,
    )
    plan, dials = params.plan(), params.dials()
    assert (plan.nu, plan.patch_pixels, plan.updates) == (16, 48, 70)
    assert (plan.loss, plan.prompt, plan.weights) == ("text", "moss", "c")
    assert (plan.motion, plan.motion_speed) == ("down", 0.5)
    drawn = assign(params, {"loss": "vgg-ot", "clip_weights": ""}).plan()
    assert (drawn.loss, drawn.weights) == ("vgg-ot", "v")
    assert (dials.learning_rate, dials.steps_min, dials.steps_spread) == (2e-3, 20, 11)


def test_shipped_models_graft_only_on_their_own_shape() -> None:
    names = parameters.models()
    if not names:
        pytest.skip("no mesh models are shipped yet")
    assert MeshNcaParams(graft_model=names[0]).graft_model == names[0]
    for other in ({"channels": 12}, {"hidden": 64}, {"degree": 2}):
        with pytest.raises(BadInput, match="another shape can neither be grafted"):
            assign(MeshNcaParams(graft_model=names[0]), other)
        with pytest.raises(BadInput, match="another shape"):
            assign(MeshNcaParams(ancestor=names[0]), other)
    assert MeshNcaParams(graft_model="file", channels=12).channels == 12


def test_other_scales_need_wider_windows() -> None:
    params = MeshNcaParams(practise_scales=True)
    assert params.plan().scales == (0.7, 1.0, 1.4)
    assert MeshNcaParams().plan().scales == (1.0,)
    with pytest.raises(BadInput, match="reaches too far"):
        assign(params, {"training_vertices": 4842})


def test_every_state_of_a_batch_is_looked_at() -> None:
    with pytest.raises(BadInput, match="8 states at once need as many patches"):
        assign(MeshNcaParams(), {"batch": 8, "patches": 1})
    assert assign(MeshNcaParams(), {"batch": 8, "patches": 8}).batch == 8
