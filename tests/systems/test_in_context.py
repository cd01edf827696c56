"""In-context regression: what it learns, what is drawn of it, and what the hand does to it."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from engine.core.capabilities import perform  # noqa: E402
from engine.core.errors import BadInput, DivergedError  # noqa: E402
from engine.core.params import assign  # noqa: E402
from engine.core.spec import Spec  # noqa: E402
from engine.core.system import no_poll  # noqa: E402
from engine.core.views import Pick, ViewRequest  # noqa: E402
from engine.systems.in_context import InContext, InContextParams  # noqa: E402

KINDS = (
    {},
    {"dims": 1},
    {"depth": 3},
    {"depth": 2, "shared": False, "heads": 2},
    {"kind": "softmax", "heads": 2},
    {"kind": "mesa"},
    {"task": "linear in turns", "kind": "first-softmax", "depth": 2},
    {"task": "sine", "width": 8, "hidden": 16},
    {"task": "sine", "width": 8, "hidden": 16, "frozen": True},
)


def make(seed=1, **params):
    return InContext(Spec("in-context", {"batch": 16} | params, seed=seed, device="cpu"))


def view(world, name, **request):
    return world.views({name: ViewRequest(**request)})[name]


def curve(chart, name):
    return next((x, y) for own, x, y in chart.curves if own == name)


@pytest.mark.parametrize("params", KINDS, ids=str)
def test_every_kind_learns_and_is_drawn(params):
    world = make(**params)
    before = world.weights()
    scalars = [world.train_step(no_poll) for _ in range(2)]
    assert np.isfinite([s["loss"] for s in scalars]).all()
    changed = {n for n, w in world.weights().items() if not np.array_equal(w, before[n])}
    assert changed
    assert not (params.get("frozen") and any(n.startswith("layers/") for n in changed))
    for offer in world.view_offers():
        pickle.dumps(view(world, offer.name))
    assert world.vain() == ()


def test_reading_more_examples_brings_the_constructed_layer_nearer():
    """The context is what was read: with one example a step knows little, with ten more."""
    world = make(compare="construction", alpha=1.0, hold=True)
    far = {1: [], 10: []}
    for seed in range(60):
        world.reset(seed)
        for _ in range(10):
            world.step()
            if world.cursor in far:
                shown = world.shown()
                assert shown.tokens.shape == (1, world.cursor + 1, 11)
                far[world.cursor].append(shown.loss)
    assert np.mean(far[10]) < 0.8 * np.mean(far[1])


def test_the_construction_answers_as_one_step_does():
    world = make(alpha=1.0)
    metrics = world.metrics()
    assert metrics["answer"] == pytest.approx(metrics["one GD step"], abs=1e-6)
    chart = view(world, "prompt")
    mixed = chart.curves[0][1:]
    np.testing.assert_allclose(mixed[1], curve(chart, "one GD step")[1], atol=1e-6)


def test_the_step_size_moves_construction_and_curve_together():
    world = make(alpha=1.0)
    before = world.metrics()["answer"]
    world.set_param("step_size", 2.0)
    after = world.metrics()
    assert after["answer"] == pytest.approx(2 * before, rel=1e-4)
    assert after["one GD step"] == pytest.approx(after["answer"], abs=1e-6)


def test_the_constructed_layers_of_gd_plus_plus():
    world = make(alpha=1.0, depth=3, descent="GD++", direction=2)
    chart = view(world, "prompt")
    found = chart.curves[0][2]
    np.testing.assert_allclose(found, curve(chart, "GD++, 3 steps")[1], atol=1e-5)
    assert not np.allclose(found, curve(chart, "3 GD steps")[1], atol=1e-3)


def test_one_dimension_is_drawn_as_a_function_of_x():
    world = make(dims=1)
    chart = view(world, "prompt")
    assert chart.x == "x"
    assert [name for name, _, _ in chart.curves] == [
        "learned",
        "one GD step",
        "GD++, 2 steps",
        "least squares",
        "truth",
    ]
    x, truth = curve(chart, "truth")
    law = float(world.prompt.more["law"][0])
    np.testing.assert_allclose(truth, law * x, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(chart.grip.points[:, 1], law * chart.grip.points[:, 0], rtol=1e-4)


def test_dragging_a_point_moves_the_curves_and_can_be_undone():
    world = make(dims=1)
    before = view(world, "prompt")
    for y in (0.5, 2.0):
        reply = perform(world, "move-point", {"index": 3, "x": 0.4, "y": y})
    assert reply.startswith("answer ")
    after = view(world, "prompt")
    np.testing.assert_allclose(after.grip.points[3], (0.4, 2.0), rtol=1e-6)
    np.testing.assert_array_equal(after.grip.points[2], before.grip.points[2])
    assert not np.allclose(curve(after, "one GD step")[1], curve(before, "one GD step")[1])
    np.testing.assert_allclose(curve(after, "truth")[1], curve(before, "truth")[1], atol=1e-6)
    world.undo()  # one drag is one deed
    np.testing.assert_array_equal(view(world, "prompt").grip.points, before.grip.points)


def test_in_many_dimensions_a_point_moves_along_the_line_only():
    world = make(direction=4)
    x = world.task.prompts(torch.tensor(world.prompt.tokens[None]), torch.zeros(1)).x[0]
    perform(world, "move-point", {"index": 0, "x": 0.25, "y": 0.0})
    moved = torch.tensor(world.prompt.tokens[0])
    assert float(moved[3]) == pytest.approx(0.25)
    assert torch.equal(moved[:3], x[0, :3])
    assert torch.equal(moved[4:10], x[0, 4:])


def test_the_moved_query_has_the_answer_of_its_law():
    world = make(task="sine", width=8)
    perform(world, "move-query", {"x": 1.5})
    amplitude, phase = world.prompt.more["law"]
    assert float(world.prompt.targets) == pytest.approx(amplitude * np.sin(1.5 + phase), abs=1e-6)
    assert view(world, "prompt").cursors[0].at == pytest.approx(1.5)


def test_a_point_that_is_not_there_is_refused():
    world = make()
    with pytest.raises(BadInput, match="no example 10"):
        perform(world, "move-point", {"index": 10})
    with pytest.raises(BadInput):
        perform(world, "move-point", {"index": 0, "x": float("nan")})


def test_a_prompt_of_the_hand_is_held_until_another_one_is_asked_for():
    world = make()
    perform(world, "move-query", {"x": 0.1})
    held = world.prompt.tokens
    for _ in range(25):
        world.step()
    assert np.array_equal(world.prompt.tokens, held)
    perform(world, "new-prompt", {})
    assert not np.array_equal(world.prompt.tokens, held)


@pytest.mark.parametrize("axis", ["input range", "examples", "noisy labels", "other law"])
def test_curves_far_from_home_grow_value_by_value(axis):
    world = make(far_axis=axis)
    first = view(world, "far")
    assert world.log_pending()
    assert len(first.curves[0][1]) == 1
    while world.log_pending():
        assert world.take_log() == []
    chart = view(world, "far")
    assert len(curve(chart, "one GD step")[1]) > 5
    assert chart.cursors == () or chart.cursors[0].words == "trained here"


def test_a_learning_model_is_not_measured_far_from_home_at_every_frame():
    world = make()
    view(world, "far")
    while world.log_pending():
        world.take_log()
    world.train_step(no_poll)
    view(world, "far")
    assert not world.log_pending()
    view(world, "far")  # it rests now
    assert world.log_pending()
    while world.log_pending():
        world.take_log()
    world.train_step(no_poll)
    perform(world, "measure-far", {})
    assert world.log_pending()


def test_the_constructed_layer_again_and_again_is_gradient_descent():
    world = make(alpha=1.0)
    chart = view(world, "again")
    (_, x, own), (_, _, gd) = chart.curves
    np.testing.assert_allclose(own, gd, rtol=1e-4)
    assert x[-1] == 50
    assert gd[-1] < 0.5 * gd[0]


def test_what_cannot_be_repeated_is_not_offered():
    names = [offer.name for offer in make(kind="softmax").view_offers()]
    assert "far" in names
    assert "again" not in names


def test_heads_are_added_up_to_the_map_that_they_are_together():
    world = make(heads=2, alpha=1.0)
    drawn = view(world, "together").matrices
    assert [one.values.shape for one in drawn] == [(11, 11)] * 3
    np.testing.assert_allclose(drawn[0].values + drawn[1].values, drawn[2].values, atol=1e-6)
    np.testing.assert_allclose(np.diag(drawn[2].values)[:10], 1.0, atol=1e-4)
    assert "together" not in [offer.name for offer in make().view_offers()]


def test_fixed_prompts_are_the_same_for_every_seed():
    assert torch.equal(make(seed=1).probe().tokens, make(seed=2).probe().tokens)


def test_it_is_studied_while_it_learns():
    world = make(depth=2, updates=40)
    for _ in range(21):
        world.train_step(no_poll)
    curves = world.past.curves()
    wanted = {"cosine to GD", "cosine to GD++", "model difference to GD"}
    assert wanted <= set(curves)
    assert list(curves["fixed loss"][0]) == [0.0, 20.0]
    assert -1 <= curves["cosine to GD"][1][0] <= 1
    dashed = view(world, "training").dashed
    assert set(dashed) == {"answering 0", "one GD step", "2 GD steps", "GD++, 2 steps"}


def test_a_model_of_tokens_in_turn_is_watched_for_copying():
    world = make(task="linear in turns", kind="first-softmax", depth=2, dims=4, points=5)
    found = world.study(world.trainer.tensors, no_poll)["attention of x to its y"]
    assert found == pytest.approx(1 / 10, abs=0.03)  # even attention to ten tokens
    marks = world.phases({"attention of x to its y": (np.arange(3), np.array([0.1, 0.2, 0.5]))})
    assert marks == ((pytest.approx(1 + 1 / 3), "copies labels"),)


def test_a_short_training_comes_near_one_step():
    world = make(dims=3, updates=150, batch=256, learning_rate=1e-2)
    start = world.study(world.trainer.tensors, no_poll)
    for _ in range(150):
        world.train_step(no_poll)
    end = world.study(world.trainer.tensors, no_poll)
    assert start["cosine to GD"] < 0.5
    assert end["cosine to GD"] > 0.95
    assert end["fixed loss"] < 1.1 * world.references()["one GD step"]
    assert "mixture loss" not in start
    assert end["mixture loss"] < 1.1 * world.references()["one GD step"]
    assert any(words == "meets gradient descent" for _, words in world.phases(world.past.curves()))


def test_deep_models_learn_with_the_defaults():
    """Five unbounded layers explode within the first hundred updates or so."""
    world = make(depth=5, batch=128, seed=1)
    for _ in range(130):
        scalars = world.train_step(no_poll)
    assert scalars["loss"] < 0.3


@pytest.mark.parametrize(
    ("params", "bound"),
    [
        ({}, 0.0),
        ({"depth": 2}, 0.0),
        ({"depth": 3}, 10.0),
        ({"depth": 3, "kind": "softmax"}, 0.0),
        ({"depth": 3, "weight_scale": 10.0}, 91.0),
        ({"depth": 3, "clip": 4.0}, 4.0),
    ],
)
def test_deep_linear_layers_are_bounded_far_beyond_the_labels(params, bound):
    design = InContext.design_of(InContextParams(**params))
    assert {layer.clip for layer in design.layers} == {bound}


def test_marks_tell_the_story_in_its_order():
    """What cosines do before anything is learned is noise."""
    world = make(depth=2)
    updates = np.arange(0.0, 60.0, 10.0)
    curves = {
        "cosine to GD": (updates, np.array([0.0, 0.0, 0.5, 0.99, 0.97, 0.95])),
        "cosine to GD++": (updates, np.array([-0.1, 0.1, 0.4, 0.97, 0.99, 0.999])),
    }
    (met, first), (left, second) = world.phases(curves)
    assert (first, second) == ("meets gradient descent", "nearer to GD++")
    assert 20 < met < 30 < left < 40
    curves["cosine to GD"] = (updates, np.minimum(curves["cosine to GD"][1], 0.9))
    assert world.phases(curves) == ()


def test_the_mixture_is_one_with_the_construction_on_display():
    world = make(depth=2, alpha=1.0)
    world.set_weights({n: w.astype(np.float32) for n, w in world.construction.items()})
    plain = world.study(world.trainer.tensors, no_poll)
    world.set_param("descent", "GD++")
    curved = world.study(world.trainer.tensors, no_poll)
    steps = world.references()
    assert plain["mixture loss"] == pytest.approx(steps["2 GD steps"], rel=1e-4)
    assert "mixture loss, GD++" not in plain
    assert "mixture loss" not in curved
    assert curved["mixture loss, GD++"] != pytest.approx(plain["mixture loss"], rel=0.01)


def test_a_study_of_a_large_model_can_be_interrupted_often():
    world = make(points=64, dims=16, depth=4, heads=4, batch=2)
    assert len(world.probe().tokens) < 1024
    calls = []
    world.study(world.trainer.tensors, lambda: calls.append(1))
    assert len(calls) > 60


def test_a_large_model_is_asked_about_fewer_places():
    places = len(view(make(), "prompt").curves[0][1])
    large = make(points=128, dims=32, depth=4, heads=4, batch=2)
    assert 17 <= len(view(large, "prompt").curves[0][1]) < places


def test_enormous_numbers_leave_the_prompt_to_be_seen():
    """Least squares of them is singular to float64."""
    world = make(dims=3, points=5)
    tokens = world.prompt.tokens.copy()
    tokens[:, :3] = 1e30
    world.hold_prompt(replace(world.prompt, tokens=tokens), words="1e30", key="1e30")
    chart = view(world, "prompt")
    assert np.isnan(curve(chart, "least squares")[1]).all()
    for name in ("heads", "tokens"):
        pickle.dumps(view(world, name))


def test_a_diverging_rate_is_taken_back():
    world = make(learning_rate=1.0, gradient_clip=0.0, depth=5)

    def learn():
        for _ in range(200):
            world.train_step(no_poll)

    with pytest.raises(DivergedError, match="learning rate"):
        learn()
    assert all(np.isfinite(w).all() for w in world.weights().values())


def test_the_table_lists_examples_and_answers():
    world = make(dims=2, points=4)
    table = view(world, "tokens")
    assert table.columns == ("token", "x1", "x2", "y", "looked at")
    assert [row[0] for row in table.rows][:6] == ["1", "2", "3", "4", "query", "one GD step"]
    assert table.rows[-1][0] == "right answer"
    assert table.rows[-1][3] == pytest.approx(float(world.prompt.targets))


def test_an_attended_example_says_its_term_of_gradient_descent():
    world = make(alpha=1.0, dims=3)
    rows = {row.label: row.value for row in world.inspect(Pick("heads", (0, 0, 10, 2)))}
    x, query = world.prompt.tokens[2, :3], world.prompt.tokens[-1, :3]
    assert rows["x . x"] == pytest.approx(float(x @ query), abs=1e-6)
    assert rows["weight"] == pytest.approx(float(x @ query), abs=1e-5)
    term = rows["GD carries over"]
    assert term == pytest.approx(float(x @ query) * float(world.prompt.tokens[2, 3]), abs=1e-6)


def test_a_constructed_head_is_called_descent():
    heads = view(make(alpha=1.0), "heads")
    assert heads.roles == (("descent",),)
    assert heads.signed
    assert heads.keys[0] == "x1"
    assert heads.queries[-1] == "query"


def test_learned_and_constructed_weights_are_compared_in_one_gauge():
    world = make(compare="construction", alpha=1.0)
    learned, made, difference = view(world, "weights").matrices[:3]
    np.testing.assert_allclose(np.diag(made.values)[:10], 1.0, rtol=1e-5)
    np.testing.assert_allclose(learned.values, made.values, atol=1e-4)
    np.testing.assert_allclose(difference.values, 0.0, atol=1e-4)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"noisy": 11}, "noisy"),
        ({"frozen": True}, "nothing to teach"),
        ({"frozen": True, "task": "sine", "kind": "softmax"}, "linear heads"),
        ({"frozen": True, "task": "sine", "key": 8}, "keys of 8"),
        ({"depth": 9}, "1 to 8"),
    ],
)
def test_what_cannot_be_is_refused_in_words(params, words):
    with pytest.raises(BadInput, match=words):
        assign(InContextParams(), params)


def test_what_is_asked_for_in_vain_is_said():
    assert any("noise" in words for words in make(task="sine", noisy=2, width=8).vain())
    assert any("nobody reads" in words for words in make(descent="GD++").vain())
