"""The world of a laboratory of attention: prompts, edits, undo, and its state."""

import numpy as np
import pytest

from engine.attention.deeds import HeadArguments
from engine.core import checkpoint
from engine.core.capabilities import perform
from engine.core.errors import BadInput
from engine.core.params import assign
from engine.core.views import Pick, ViewRequest


def head(layer=0, number=0):
    return HeadArguments(layer=layer, head=number)


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_a_tick_reads_one_more_example_and_then_another_prompt(toy):
    world = toy()
    assert world.cursor == 5
    first = world.prompt
    world.step()
    assert world.cursor == 1
    assert world.prompt is not first
    second = world.prompt
    for _ in range(4):
        world.step()
    assert (world.cursor, world.prompt) == (5, second)


def test_a_held_prompt_is_read_again(toy):
    world = toy(hold=True)
    first = world.prompt
    world.step()
    assert (world.cursor, world.prompt) == (1, first)


def test_what_was_not_read_is_not_given_to_the_model(toy):
    world = toy()
    world.step()
    world.step()
    shown = world.shown()
    assert shown.tokens.shape == (1, 3, 4)
    assert shown.attention(0).shape == (1, 3, 2)


def test_the_state_goes_round_and_time_goes_on_alike(toy):
    world, other = toy(), toy(seed=9)
    world.step()
    perform(world, "toggle-head", {"layer": 0, "head": 0})
    saved = world.state("world")
    for _ in range(7):
        world.step()
    other.load_state(saved, "world")
    same(other.state("world"), saved)
    assert other.edits.off == {(0, 0)}
    for _ in range(7):
        other.step()
    same(other.state("world"), world.state("world"))


def test_a_checkpoint_file_keeps_a_single_target(toy, tmp_path):
    world = toy()
    world.step()
    path = tmp_path / "toy.safetensors"
    checkpoint.save(world, path, "training")
    loaded = checkpoint.read(path)
    other = toy(seed=8)
    other.load_state(loaded.arrays, "training")
    same(other.state("training"), world.state("training"))
    assert other.shown().loss == world.shown().loss


def test_a_cursor_that_no_prompt_has_is_refused(toy, refused):
    world = toy()
    state = world.state("world")
    state["world/prompt/place"][0] = 6
    with refused("not a place in a prompt"):
        world.load_state(state, "world")
    assert world.cursor == 5


def test_the_users_prompt_is_held_and_undone_as_one_gesture(toy):
    world = toy()
    drawn = world.prompt
    for shift in (0.1, 0.2, 0.3):
        tokens = world.prompt.tokens.copy()
        tokens[2, 0] += shift
        changed = type(drawn)(tokens, drawn.targets)
        world.hold_prompt(changed, words="moving point 3", key="point 2")
    world.step()
    assert world.prompt is changed
    assert world.undo_words() == ("moving point 3", "")
    world.undo()
    assert world.prompt is drawn
    world.redo()
    assert world.prompt is changed
    assert world.reading.own
    perform(world, "new-prompt", {})
    assert not world.reading.own
    with pytest.raises(BadInput, match="nothing to take back"):
        world.undo()


def test_a_head_that_is_off_adds_nothing_and_the_reply_tells_both_losses(toy):
    world = toy()
    perform(world, "patch-all", {})
    before = world.loss()
    words = perform(world, "toggle-head", {"layer": 0, "head": 0})
    assert world.loss() == pytest.approx(world.task.naive, rel=1)
    assert f"{before:.4g} -> {world.loss():.4g}" in words
    assert not world.shown().head_outputs(0).any()
    assert set(world.metrics()) == {"prompt loss", "prompt loss without edits"}
    perform(world, "all-on", {})
    assert set(world.metrics()) == {"prompt loss"}
    world.undo()
    assert world.edits.off == {(0, 0)}


def test_a_layer_is_switched_off_and_on_as_a_whole(toy):
    world = toy(depth=2)
    perform(world, "toggle-head", {"layer": 1, "head": 0})
    perform(world, "toggle-layer", {"layer": 0})
    assert world.edits.off == {(0, 0), (1, 0)}
    assert perform(world, "toggle-layer", {"layer": 1}).startswith("layer 2 is on")
    assert world.edits.off == {(0, 0)}


def test_a_patched_head_is_the_construction_and_can_be_unpatched(toy):
    world = toy()
    learned = world.loss()
    perform(world, "patch-head", {"layer": 0, "head": 0})
    world.set_param("compare", "construction")
    np.testing.assert_array_equal(world.shown().outputs, world.other().outputs)
    assert world.loss() < learned
    perform(world, "unpatch", {})
    assert world.loss() == learned


def test_layers_that_share_their_weights_are_patched_together(toy):
    world = toy(depth=3, shared=True)
    reply = perform(world, "patch-head", {"layer": 1, "head": 0})
    assert "in every layer" in reply
    assert world.views({"heads": ViewRequest()})["heads"].patched == ((0, 0), (1, 0), (2, 0))


def test_there_is_nothing_to_patch_without_a_construction(toy, refused):
    world = toy(kind="softmax")
    with refused("no construction"):
        perform(world, "patch-all", {})
    world.set_param("alpha", 0.5)
    assert "no constructed weights" in world.vain()[0]


def test_a_patch_that_nothing_was_constructed_for_is_dropped_from_a_file(toy):
    world = toy(kind="softmax")
    arrays = world.get_arrays("world")
    arrays["edits/patched"] = np.ones_like(arrays["edits/patched"])
    arrays["edits/gates"] = np.zeros_like(arrays["edits/gates"])
    world.set_arrays("world", arrays)
    assert world.edits.off
    assert not world.edits.patched
    assert world.views({"heads": ViewRequest()})["heads"].patched == ()


def test_the_construction_follows_its_step(toy):
    world = toy(alpha=1.0)
    first = world.loss()
    world.set_param("eta", 0.0)
    assert world.loss() != first


def test_the_mixture_runs_between_both_ends(toy):
    world = toy()
    ends = []
    for alpha in (0.0, 1.0):
        world.set_param("alpha", alpha)
        ends.append(world.loss())
    perform(world, "patch-all", {})
    world.set_param("alpha", 0.0)
    assert world.loss() == pytest.approx(ends[1], rel=1e-4)
    assert ends[0] != pytest.approx(ends[1], rel=1e-2)


def test_keep_gives_the_edits_to_the_trained_model(toy, refused):
    world = toy()
    with refused("no head is switched off"):
        perform(world, "keep", {})
    perform(world, "patch-all", {})
    patched = world.loss()
    perform(world, "keep", {})
    assert not world.edits
    assert world.loss() == patched
    np.testing.assert_array_equal(
        world.trainer.weights()["layers/0/wp"], world.construction["layers/0/wp"]
    )


def test_a_head_that_is_not_there_is_refused(toy, refused):
    world = toy()
    with refused("no layer 4"):
        perform(world, "toggle-head", {"layer": 4, "head": 0})
    assert not world.edits


def test_a_place_among_the_heads_is_described(toy):
    world = toy()
    rows = {row.label: row.value for row in world.inspect(Pick("heads", (0, 0, 5, 2)))}
    shown = world.shown()
    q, k = shown.q(0)[0, 5], shown.k(0)[0, 2]
    assert rows["looks"] == "query (6)"
    assert rows["is looked at"] == "x3 (3)"
    assert rows["weight"] == pytest.approx(float(q @ k), rel=1e-5)
    assert len(rows) < 15  # number by number it is drawn in "Query and key"
    assert max(map(len, rows)) <= 16  # what is longer is cut off in the inspector
    softmax = toy(kind="softmax").inspect(Pick("heads", (0, 0, 5, 2)))
    assert max(len(row.unit) for row in softmax) <= 14  # else it breaks the number before it
    biggest = int(np.argmax(np.abs(q * k)))
    assert rows["largest products"].startswith(f"no. {biggest + 1} ({(q * k)[biggest]:.3g})")
    # What all examples contribute is what the head adds to the query.
    given = [world.inspect(Pick("heads", (0, 0, 5, key)))[7].value for key in range(5)]
    assert sum(given) == pytest.approx(-float(shown.head_outputs(0)[0, 5, 3]), rel=1e-4)
    assert world.inspect(Pick("heads", (0, 0, 5, 9))) == ()
    assert world.inspect(Pick("heads", (0, 3, 0, 0))) == ()


def test_its_views_are_there_and_fresh(toy):
    world = toy()
    names = [offer.name for offer in world.view_offers()]
    assert names == ["heads", "weights", "training", "over-training", "tokens", "scores", "cell"]
    views = world.views({name: ViewRequest() for name in (*names, "nonsense")})
    assert list(views) == names
    heads = views["heads"]
    assert heads.weights.shape == (1, 1, 6, 5)
    assert heads.queries[-1] == "query"
    assert heads.cursor == 5
    assert heads.other is None
    again = world.views({"heads": ViewRequest()})["heads"]
    assert again.weights is heads.weights
    world.set_param("compare", "start")
    assert world.views({"heads": ViewRequest()})["heads"].other.shape == heads.weights.shape


def test_matrices_stand_on_one_scale_with_their_likeness(toy):
    world = toy()
    perform(world, "patch-all", {})
    view = world.views({"weights": ViewRequest()})["weights"]
    titles = [matrix.title.split()[0] for matrix in view.matrices]
    assert titles == ["KQ"] * 3 + ["PV"] * 3
    facts = dict(view.facts)
    assert facts["KQ cosine"] == pytest.approx(1.0)
    assert facts["PV relative distance"] == 0.0
    assert len({matrix.limits for matrix in view.matrices[:3]}) == 1
    assert not view.matrices[2].values.any()


@pytest.mark.parametrize("kind", ["linear", "mesa"])
def test_heads_that_do_the_same_look_the_same_beside_each_other(toy, kind):
    world = toy(kind=kind, compare="start")
    weights = {name: array.copy() for name, array in world.weights().items()}
    weights["layers/0/wq"] *= -3.0
    weights["layers/0/wp"] /= -3.0
    world.set_weights(weights)
    heads = world.views({"heads": ViewRequest()})["heads"]
    assert world.shown().loss == pytest.approx(world.other().loss, rel=1e-4)
    np.testing.assert_allclose(heads.other, heads.weights, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(heads.other_focus, heads.focus, rtol=1e-4, atol=1e-5)
    assert heads.names == ("learned", "start")
    world.params = assign(world.params, {"normalise": False})
    heads = world.views({"heads": ViewRequest()})["heads"]
    np.testing.assert_allclose(-3.0 * heads.other, heads.weights, rtol=1e-4, atol=1e-5)


def test_softmax_heads_are_compared_as_they_are(toy):
    world = toy(kind="softmax", compare="start")
    world.set_weights({name: 2.0 * array for name, array in world.weights().items()})
    heads = world.views({"heads": ViewRequest()})["heads"]
    np.testing.assert_array_equal(heads.other[0], world.other().attention(0))
    assert heads.names == ("learned", "start")


def test_the_cell_chart_multiplies_query_and_key(toy):
    world = toy()
    request = ViewRequest(probes=((0, 0, 4, 1),))
    curves = {name: y for name, _, y in world.views({"cell": request})["cell"].curves}
    np.testing.assert_allclose(curves["query"] * curves["key"], curves["query x key"], rtol=1e-6)


def test_tables_are_written(toy, tmp_path):
    world = toy()
    world.train_step(lambda: None)
    endings = {".attention.csv": 30, ".weights.csv": 32, ".training.csv": 2}
    for export in world.exports():
        path = tmp_path / f"toy{export.ending}"
        export.write(path)
        assert len(path.read_text().splitlines()) == endings[export.ending] + 1


def test_the_head_that_tells_most_is_in_focus_until_another_is_asked_for(toy, monkeypatch):
    world = toy(depth=3)
    monkeypatch.setattr(type(world), "leading_head", lambda self, shown: (2, 0))
    assert world.views({"heads": ViewRequest()})["heads"].focused == (2, 0)
    view = world.views({"heads": ViewRequest(channels=(1, 0))})["heads"]
    assert view.focused == (1, 0)
    np.testing.assert_array_equal(view.focus, world.shown().attention(1)[0])
    assert world.views({"heads": ViewRequest(channels=(9, 9))})["heads"].focused == (2, 0)
