"""The mesa laboratory: what it constructs is exact, and what it shows is what the model holds."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.attention import mesa_memory
from engine.attention.baselines import losses, ridge_by_position
from engine.attention.initial import lam_parameter
from engine.attention.lagging import Lagging
from engine.attention.pieces import work
from engine.core.capabilities import perform
from engine.core.errors import BadInput, Cancelled
from engine.core.spec import Spec
from engine.core.system import no_poll
from engine.core.views import ViewRequest
from engine.systems.mesa import Mesa

TEN = {"tokens": "constructed", "size": 10, "length": 50, "heads": 1, "key": 20}


def world(seed=3, **params):
    return Mesa(Spec("mesa", params, seed=seed, device="cpu"))


def view(system, name, **request):
    return system.views({name: ViewRequest(**request)})[name]


def curve(chart, name):
    return {n: (x, y) for n, x, y in chart.curves}[name]


def constructed(**params):
    """Show the construction itself."""
    system = world(**params)
    perform(system, "patch-all", {})
    return system


def test_the_constructed_mesa_layer_is_ridge_regression_at_every_position():
    system = constructed(**TEN, lam=0.01)
    pairs = system.fixed_pairs()
    expected = losses(ridge_by_position(pairs, 0.01), pairs.targets).numpy()
    x, y = view(system, "positions").curves[0][1:]
    assert x[0] == 1
    assert np.allclose(y, expected, rtol=1e-3, atol=1e-6)


def test_the_constructed_linear_layer_is_the_best_step_of_gradient_descent():
    system = constructed(**TEN, kind="linear")
    references = system.references()
    assert system.loss() == pytest.approx(references["one GD step"], rel=0.02)
    assert system.etas()[0] == pytest.approx(0.032, abs=0.003)
    system.set_param("eta", 0.01)
    assert system.loss() > references["one GD step"] * 1.05


def test_all_heads_of_a_raw_model_are_patched_with_their_embedding():
    system = constructed(lam=0.1)
    assert system.loss() < 0.3 < system.references()["one GD step"]
    scores = system.roles(system.shown())[1]["previous"]
    assert scores[0, 0] > 0.999
    perform(system, "unpatch", {})
    assert system.loss() > 0.8


def test_one_constructed_head_alone_is_refused_where_tokens_are_embedded():
    with pytest.raises(BadInput, match="embedding"):
        perform(world(), "patch-head", {"layer": 1, "head": 0})
    reply = perform(world(**TEN), "patch-head", {"layer": 0, "head": 0})
    assert "constructed" in reply


@pytest.mark.parametrize("params", [TEN, {}], ids=["constructed", "raw"])
@pytest.mark.parametrize("kind", ["mesa", "linear"])
def test_the_models_map_is_what_its_prediction_follows(params, kind):
    """W_t is the derivative by the state that asks: found again by asking otherwise."""
    system = constructed(**params, kind=kind, lam=0.1)
    shown, d, at = system.shown(), system.task.size, 7
    maps = mesa_memory.model_maps(shown, system.task)
    layer = mesa_memory.learning_layer(shown.design)
    stream = torch.tensor(shown.residual[layer][None], dtype=torch.float32)
    lead = shown.design.prefix(layer)
    memory = [mesa_memory.head_memory(shown, layer, h, at).phi for h in range(1)]
    change = np.zeros(shown.design.width)
    change[d : 3 * d] = np.tile(np.arange(1.0, d + 1.0), 2)  # where constructed weights put s_t
    part = shown.design.layers[layer].columns(0)
    asked = change @ shown.weights[f"{lead}wq"].numpy()[: shown.design.width, part]
    read = memory[0] @ asked @ shown.weights[f"{lead}wp"].numpy()[part]
    assert stream.shape[1] == system.prompt.used
    assert np.allclose(maps[at] @ np.arange(1.0, d + 1.0), read[:d], atol=1e-5)


def test_the_constructed_models_map_is_that_of_ridge_regression():
    system = constructed(**TEN, lam=0.01)
    maps = system._maps(system.shown())
    assert np.allclose(maps["model"], maps["ridge"], atol=1e-3)
    found = view(system, "distance")
    _, far = curve(found, "model")
    assert far[0] > 0.9
    assert far[30] < 0.1
    assert found.logarithmic == (False, True)


def test_memory_shows_the_inverse_of_what_was_read():
    system = constructed(**TEN, lam=0.5)
    shown = system.shown()
    memory = mesa_memory.head_memory(shown, 0, 0, 20)
    keys = shown.k(0)[0, :21].astype(np.float64)
    loaded = keys.T @ keys + 0.5 * np.eye(20)
    assert np.allclose(memory.inverse @ loaded, np.eye(20), atol=1e-8)
    assert memory.residual < 1e-4
    found = view(system, "memory")
    assert [m.title for m in found.matrices][:2] == ["R_t = (H + lam I)^-1", "Phi_t"]
    facts = dict(found.facts)
    assert facts["lam"] == pytest.approx(0.5, rel=1e-4)
    assert facts["condition number of H + lam I"] > 1


def test_too_few_conjugate_gradients_leave_a_residual():
    few = constructed(**TEN, solver="cg-5", lam=0.01)
    left = mesa_memory.head_memory(few.shown(), 0, 0, 20).residual
    enough = constructed(**TEN, solver="cg-20", lam=0.01)
    assert left > 100 * mesa_memory.head_memory(enough.shown(), 0, 0, 20).residual


def test_running_free_follows_the_system_once_its_law_is_known():
    system = constructed(**TEN, lam=1e-3, noise=0.0)
    while system.cursor != 30:
        system.step()
    chart = view(system, "prompt")
    at, free = curve(chart, "model, running free")
    _, true = curve(chart, "the system")
    assert at[0] == 30
    assert np.abs(free - true[29 : 29 + len(free)]).max() < 0.2
    while system.cursor != 4:
        system.step()
    _, free = curve(view(system, "prompt"), "model, running free")
    assert np.abs(free - true[3 : 3 + len(free)]).max() > 0.2


def test_another_law_makes_what_was_learned_wrong():
    system = constructed(**TEN, lam=0.1)
    perform(system, "change-law", {"x": 30})
    _, far = curve(view(system, "distance"), "model")
    assert far[27] < 0.1 < 0.5 < far[28]  # token 30 is the first of the other law
    system.set_param("forgetting", 0.3)
    _, forgetful = curve(view(system, "distance"), "ridge")
    assert forgetful[-1] < far[-1]
    system.undo()
    assert curve(view(system, "distance"), "model")[1][29] < 0.1


def test_eigenvalues_of_what_is_known_come_to_be_those_of_the_law():
    system = constructed(**TEN, lam=1e-3)
    chart = view(system, "eigenvalues")
    own = {n: x + 1j * y for n, x, y in chart.points}["model"]
    law = chart.grip.points @ np.array([1, 1j])
    assert max(np.abs(own - one).min() for one in law) < 0.05
    perform(system, "move-eigenvalue", {"index": 0, "x": 0.1, "y": 0.2})
    moved = view(system, "eigenvalues").grip.points[0]
    assert moved[0] == pytest.approx(0.1)
    assert system.undo_words()[0] == "moving eigenvalue 1"


def test_a_dragged_token_is_read_at_once():
    system = world()
    before = system.shown().outputs.copy()
    perform(system, "move-point", {"index": 4, "x": 5.0, "y": 2.5})
    grip = view(system, "prompt").grip
    assert grip.points[4].tolist() == [5.0, 2.5]
    after = system.shown().outputs
    assert np.array_equal(before[:4], after[:4])
    assert not np.array_equal(before[4:], after[4:])
    system.step()
    assert system.reading.own


def test_noise_hits_one_token():
    system = world()
    before = system.seen()
    perform(system, "spike", {"token": 7, "size": 3.0})
    changed = np.flatnonzero(np.abs(system.seen() - before).max(1) > 0)
    assert changed.tolist() == [6]
    with pytest.raises(BadInput, match="no token 99"):
        perform(system, "spike", {"token": 99})


def test_probes_find_what_constructed_tokens_hold():
    system = world(**{**TEN, "length": 16}, target="s(t-1)")
    found = view(system, "probes").matrices[0]
    assert found.values.shape == (2, 16)
    assert found.values[0, 2:].min() > 0.99
    system.set_param("target", "s(t+1)")
    assert view(system, "probes").matrices[0].values[0, 5] < 0.3
    assert not system.log_pending()


def test_a_view_that_lags_is_made_anew_when_its_time_has_come():
    system, now = world(kind="linear"), [0.0]
    system._probes["s(t+1)"] = Lagging(clock=lambda: now[0])
    assert "update 0" in view(system, "probes").matrices[0].note
    system._probes["s(t+1)"]._due = 5.0
    system.train_step(no_poll)
    assert "update 0" in view(system, "probes").matrices[0].note
    assert system.log_pending()
    now[0] = 6.0
    assert not system.log_pending()  # the runner makes the views anew then
    assert "update 1" in view(system, "probes").matrices[0].note
    assert system.take_log() == []


def test_examples_are_read_and_separated():
    system = world(prompt="few-shot, separated")
    labels = system.labels(system.prompt, system.cursor)
    assert labels.keys[:4] == ("x1", "f(x1)", "|", "x2")
    chart = view(system, "shots")
    assert {name for name, _, _ in chart.curves} == {
        "no separator", "zero separator", "predicting zero",
    }  # fmt: skip
    with pytest.raises(BadInput, match="eigenvalues"):
        perform(system, "move-eigenvalue", {"index": 0})
    system.set_param("prompt", "trajectory")
    assert system.labels(system.prompt, 1).keys[0] == "s1"


def test_a_tuned_separator_stays_for_the_next_prompts_but_not_for_a_reset():
    system = constructed(kind="linear", prompt="few-shot, separated")
    perform(system, "move-point", {"index": 2, "x": 3.0, "y": 2.0})
    reply = perform(system, "tune-separator", {"updates": 3})
    assert "separator of length" in reply
    kept = system.prompt.more["separator"]
    assert abs(kept[0] - 2.0) < 0.1
    perform(system, "new-prompt", {})
    assert np.array_equal(system.prompt.more["separator"], kept)
    system.reset()
    assert not system.prompt.more["separator"].any()


@pytest.mark.parametrize(
    "params",
    [
        {"unseen": 4},
        {"tokens": "constructed", "unseen": 4, "stacked": 3, "size": 2},
        {"spectrum": "non-linear", "mlp": 8, "unit": True},
        {"spectrum": "contracting", "kind": "softmax", "depth": 2},
        {"size": 1, "width": 1, "key": 1, "heads": 1, "length": 4},
    ],
)
def test_every_view_can_be_made_in_every_corner(params):
    system = world(**params)
    system.train_step(no_poll)
    offered = {offer.name: ViewRequest() for offer in system.view_offers()}
    assert system.views(offered).keys() == offered.keys()
    system.step()
    assert all(np.isfinite(value) for value in system.metrics().values())


def test_what_is_asked_in_vain_is_said():
    words = world(kind="softmax", solver="cg-5", stacked=4, compare="construction").vain()
    text = " ".join(words)
    assert "stacked" in text
    assert "solver" in text
    assert "linear, or one mesa layer" in text


def test_learning_measures_copying_and_lam():
    system = world(updates=25, batch=8)
    scalars = system.train_step(no_poll)
    assert 0 <= scalars["attention to the token before"] <= 1
    assert scalars["lam of head 2.1"] == pytest.approx(1.0, rel=1e-3)
    assert "fixed loss" in scalars


def test_the_copy_is_marked_where_it_begins():
    system = world()
    updates = np.array([0.0, 20.0, 40.0])
    points = (updates, np.array([0.1, 0.2, 0.6]))
    ((at, words),) = system.phases({"attention to the token before": points})
    assert at == pytest.approx(25.0)
    assert "copies" in words


def test_baselines_follow_their_parameters():
    system = world()
    before = system.references()["ridge"]
    system.set_param("newest", False)
    assert system.references()["ridge"] > before * 1.05


def test_designs_differ_only_where_they_should():
    raw = world().design
    linear = world(kind="linear").design
    assert replace(linear.layers[1], kind="mesa") == raw.layers[1]
    assert raw.layers[0].kind == "softmax"
    assert world(**TEN).design.embed == "none"


def test_weights_of_a_mesa_head_are_compared_whatever_the_size_of_its_keys():
    system = constructed(**TEN, compare="construction", lam=0.1)
    before = dict(view(system, "weights").facts)
    weights = {name: array.copy() for name, array in system.construction.items()}
    outputs = system.shown().outputs
    weights["layers/0/wk"] *= 2  # the same function: lam goes with the square
    weights["layers/0/wp"] *= 2
    weights["layers/0/lam"][:] = lam_parameter(0.4)
    perform(system, "unpatch", {})
    system.set_weights(weights)
    assert np.allclose(system.shown().outputs, outputs, atol=1e-4)
    after = dict(view(system, "weights").facts)
    for product in ("KQ", "PV"):
        name = f"{product} relative distance"
        assert max(before[name], after[name]) < 1e-5


def test_another_solver_is_seen_at_once_and_changes_no_weight():
    system = world(**TEN)
    system.set_weights({**system.weights(), **system.construction})
    exact, weights = system.loss(), system.weights()
    system.set_param("solver", "cg-2")
    assert system.loss() > exact + 0.05
    assert system.trainer.design.layers[0].solver == "cg-2"
    system.set_param("solver", "exact")
    assert system.loss() == exact
    assert all(np.array_equal(system.weights()[name], weights[name]) for name in weights)


def test_each_layer_says_whether_its_weights_have_signs():
    heads = view(world(), "heads")
    assert [heads.is_signed(layer) for layer in range(2)] == [False, True]


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("kind", lambda kind: kind + 3),
        ("kind", lambda kind: np.add(kind, [0, 99])),
        ("laws", lambda laws: 0 * laws),
        ("laws", lambda laws: laws + np.float32(1e30)),
        ("seen", lambda seen: seen + np.float32(1.0)),
        ("seen", lambda seen: seen * np.float32(np.nan)),
    ],
)
def test_a_prompt_that_is_not_what_its_story_tells_is_refused(name, spoil):
    system = world()
    arrays = system.get_arrays("world")
    before = system.prompt
    spoiled = {**arrays, f"more/{name}": spoil(arrays[f"more/{name}"])}
    with pytest.raises(BadInput, match="the prompt of the checkpoint"):
        system.set_arrays("world", spoiled)
    assert system.prompt is before
    system.set_arrays("world", arrays)
    assert np.array_equal(system.prompt.tokens, before.tokens)


@pytest.mark.parametrize("prompt", ["few-shot", "few-shot, separated"])
def test_a_prompt_that_was_changed_by_hand_comes_back(prompt):
    system = world(prompt=prompt)
    perform(system, "move-point", {"index": 2, "x": 3.0, "y": 2.0})
    perform(system, "spike", {"token": 5})
    perform(system, "change-law", {"x": 7})
    arrays = system.get_arrays("world")
    other = world(prompt=prompt)
    other.set_arrays("world", arrays)
    assert np.array_equal(other.prompt.tokens, system.prompt.tokens)


@pytest.mark.parametrize("params", [{}, TEN, {"kind": "linear"}, {"solver": "cholesky"}])
@pytest.mark.parametrize("size", [1e10, 1e30])
def test_weights_of_any_size_leave_every_view_to_be_seen(params, size):
    system = world(**params)
    weights = system.weights()
    system.set_weights({name: np.full_like(array, size) for name, array in weights.items()})
    system.set_param("target", "H⁻¹ s(t)")
    wanted = ("memory", "eigenvalues", "distance", "probes", "plane")
    views = system.views(dict.fromkeys(wanted, ViewRequest()))
    assert views.keys() == set(wanted)
    for matrix in views["memory"].matrices:
        assert np.isfinite(matrix.limits).all()
    system.metrics()


def test_a_law_of_zeros_has_no_distance():
    maps = np.ones((2, 1, 1))
    assert np.isnan(mesa_memory.distances(maps, np.zeros((2, 1, 1)))).all()


def test_one_singular_token_leaves_the_others_solved():
    keys, values = np.zeros((3, 2)), np.ones((3, 2))
    keys[1:] = [[1.0, 0.0], [0.0, 1.0]]
    maps = mesa_memory._maps(keys, values, 0.0)
    assert np.isnan(maps[:2]).all()
    assert np.allclose(maps[2], [[1.0, 1.0], [1.0, 1.0]])


def test_a_search_for_a_separator_can_be_given_up_anywhere():
    system, asked = world(prompt="few-shot, separated"), 0

    def stop_after(count):
        left = iter(range(count))

        def poll():
            nonlocal asked
            asked += 1
            if next(left, None) is None:
                raise Cancelled

        return poll

    twin = world(prompt="few-shot, separated")
    reply = perform(twin, "tune-separator", {"updates": 3}, stop_after(10_000))
    assert asked >= 3 * 2 * (1 + 2)  # before the pieces, and between the layers both ways
    before, drawn = system.prompt, repr(system.world_rng.bit_generator.state)
    for count in range(0, asked, 5):
        with pytest.raises(Cancelled):
            perform(system, "tune-separator", {"updates": 3}, stop_after(count))
        assert system.prompt is before
        assert repr(system.world_rng.bit_generator.state) == drawn
        assert system.poll is no_poll
    assert perform(system, "tune-separator", {"updates": 3}) == reply


def test_a_search_with_a_large_model_polls_every_50_ms():
    """Counted in multiply-adds, since clocks of busy machines prove nothing."""
    system = world(
        prompt="few-shot, separated", size=10, length=128, width=128, heads=8, key=20, depth=3
    )
    polls = 0

    def poll():
        nonlocal polls
        polls += 1

    perform(system, "tune-separator", {"updates": 1}, poll)
    spent = 3 * 32 * work(system.design, 126)
    assert spent / polls < 100e6  # 30 ms or so of one core


def test_small_scores_beside_large_ones_have_a_scale_of_their_own():
    system = world(compare="construction")
    kq = [one for one in view(system, "weights").matrices if one.title.startswith("KQ")]
    sizes = [float(np.abs(one.values).max()) for one in kq]
    assert sizes[1] > 100 * sizes[0]
    for matrix, size in zip(kq, sizes, strict=True):
        assert matrix.limits == pytest.approx((-size, size))
        assert "scale of its own" in matrix.note
    alike = constructed(**TEN, lam=0.1, compare="construction")
    kq = view(alike, "weights").matrices[:3]
    assert len({one.limits for one in kq}) == 1
    assert "own" not in kq[0].note


def test_a_study_of_a_large_model_polls_between_its_parts(monkeypatch):
    system = world(length=128, width=128, heads=8, depth=3, kind="softmax")
    polls = []
    cut = system.study(system.trainer.tensors, lambda: polls.append(1))
    assert 32 * work(system.design, 128) / len(polls) < 60e6  # 10 ms or so of one core
    monkeypatch.setattr("engine.attention.pieces._CPU", 1e15)
    whole = system.study(system.trainer.tensors, no_poll)
    assert cut == pytest.approx(whole, rel=1e-5)
