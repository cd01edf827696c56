"""The training of a laboratory of attention: transactions, moments, comparisons, stories."""

import numpy as np
import pytest

from engine.core import checkpoint
from engine.core.capabilities import perform
from engine.core.errors import BadInput, Cancelled, DivergedError
from engine.core.spec import Asset
from engine.core.system import no_poll
from engine.core.views import ViewRequest


def trained(world, updates):
    for _ in range(updates):
        world.train_step(no_poll)
    return world


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_training_resumes_to_the_bit(toy):
    world, other = trained(toy(), 12), toy()
    other.load_state(world.state("training"), "training")
    trained(world, 8)
    trained(other, 8)
    same(other.state("training"), world.state("training"))


def test_training_never_touches_the_world_nor_the_world_the_training(toy):
    one, two = toy(), toy()
    for _ in range(9):
        one.train_step(no_poll)
        two.train_step(no_poll)
        two.step()
        two.views({offer.name: ViewRequest() for offer in two.view_offers()})
        perform(two, "toggle-head", {"layer": 0, "head": 0})
    same(one.get_arrays("model"), two.get_arrays("model"))
    same(one.get_arrays("training"), two.get_arrays("training"))


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_cancelled_update_changes_nothing(toy, after):
    world = trained(toy(), 5)  # a study is due
    before, calls = world.state("training"), []

    def poll():
        calls.append(0)
        if len(calls) > after:
            raise Cancelled

    try:
        world.train_step(poll)
    except Cancelled:
        same(world.state("training"), before)
        trained(world, 1)
    other = trained(toy(), 6)
    same(world.state("training"), other.state("training"))


def test_a_diverging_rate_is_taken_back_and_said(toy):
    world = trained(toy(), 10)
    world.set_param("learning_rate", 1e6)
    with pytest.raises(DivergedError, match=r"rose|finite"):
        trained(world, 20)
    assert world.updates_done <= 12
    assert world.past.last <= world.updates_done
    assert np.isfinite(world.loss())
    world.set_param("learning_rate", 1e-3)
    trained(world, 1)


def test_views_show_the_model_of_a_moment(toy):
    world = toy()
    start = world.loss()
    trained(world, 20)
    end = world.loss()
    assert perform(world, "moment", {"x": 0.0}) == "the model of update 0"
    assert world.loss() == start
    assert world.views({"heads": ViewRequest()})["heads"].names[0] == "update 0"
    chart = world.views({"training": ViewRequest()})["training"]
    assert (chart.cursors[-1].at, chart.cursors[-1].action) == (0.0, "moment")
    trained(world, 1)
    assert world.loss() == start  # it stays while the training goes on
    assert perform(world, "moment", {"x": 99.0}) == "the newest model"
    assert world.loss() <= end * 1.1


def test_the_moment_of_both_charts_stops_where_there_is_a_model(toy):
    world = trained(toy(), 12)
    world.past.forget_after(8)
    for name in ("training", "over-training"):
        (cursor,) = world.views({name: ViewRequest()})[name].cursors
        assert cursor.stops == (*map(float, range(9)), 12.0)
        assert cursor.at == 12.0


def test_training_goes_on_from_the_moment_that_is_shown(toy, refused):
    world = trained(toy(), 12)
    with refused("newest model"):
        perform(world, "train-from", {})
    perform(world, "moment", {"x": 7})
    then = world.past.at(7)[1]
    reply = perform(world, "train-from", {})
    assert reply.startswith("training goes on from update 7: loss ")
    same(world.weights(), then)
    assert world.updates_done == 7
    assert world.past.updates == tuple(range(8))
    assert world.past.curves()["loss"][0].max() == 7
    assert world.shown().name == "learned"
    before = world.loss()
    trained(world, 3)
    assert world.updates_done == 10
    assert world.past.updates == tuple(range(11))
    assert world.loss() < before


def test_a_model_that_brings_its_story_is_taught_from_the_middle_of_it(toy, tmp_path):
    path = tmp_path / "model.safetensors"
    checkpoint.save(trained(toy(), 12), path, "model")
    world = type(toy())(toy().spec.with_(model=Asset(path.name, path.read_bytes())))
    perform(world, "moment", {"x": 5})
    perform(world, "train-from", {})
    trained(world, 2)
    assert world.past.updates[0] == 0
    assert world.past.last == 7


def test_nothing_is_kept_from_an_earlier_moment(toy, refused):
    world = trained(toy(), 5)
    perform(world, "patch-all", {})
    perform(world, "moment", {"x": 2.0})
    with refused("earlier moment"):
        perform(world, "keep", {})
    perform(world, "moment", {"x": 50.0})
    world.set_param("alpha", 0.3)
    with refused("mixture"):
        perform(world, "keep", {})


@pytest.mark.parametrize("choice", ["start", "moment", "construction"])
def test_two_models_stand_beside_each_other(toy, choice):
    world = trained(toy(compare=choice, compare_moment=3), 10)
    other = world.other()
    assert other.name == {"moment": "update 3"}.get(choice, choice)
    wanted = {
        "start": world.origin,
        "moment": world.past.at(3)[1],
        "construction": world.construction,
    }
    same(dict(other.arrays), wanted[choice])


def test_a_file_of_the_same_architecture_is_compared_with(toy, tmp_path):
    path = tmp_path / "other.safetensors"
    saved = trained(toy(seed=8), 3)
    checkpoint.save(saved, path, "model")
    world = toy(compare="file")
    assert "choose a file" in world.vain()[0]
    world.set_param("compare_file", str(path))
    assert world.vain() == ()
    assert world.other().name == path.name
    same(dict(world.other().arrays), saved.weights())


def test_a_file_of_another_architecture_is_refused_by_name(toy, tmp_path, refused):
    path = tmp_path / "deep.safetensors"
    checkpoint.save(toy(depth=2), path, "model")
    world = toy(compare="file")
    with refused("2 x linear", "this one is linear"):
        world.set_param("compare_file", str(path))
    assert world.params.compare_file == ""
    assert world.other() is None


def test_a_model_of_another_architecture_makes_no_world(toy, tmp_path, refused):
    path = tmp_path / "deep.safetensors"
    checkpoint.save(toy(depth=2), path, "model")
    world = toy()
    with refused("deep.safetensors", "2 x linear", "this one is linear"):
        type(world)(world.spec.with_(model=Asset(path.name, path.read_bytes())))


def test_only_what_differs_is_named_where_words_are_equal(toy, tmp_path):
    path = tmp_path / "wide.safetensors"
    checkpoint.save(toy(dims=4), path, "model")
    world = toy()
    with pytest.raises(BadInput) as caught:
        type(world)(world.spec.with_(model=Asset(path.name, path.read_bytes())))
    told = str(caught.value)
    assert "tokens 5, width 5, channel 4, key 5 in layer 1, while this one is tokens 4" in told
    assert "Design(" not in told
    assert len(told) < 300


def test_a_file_that_is_gone_is_a_warning(toy, tmp_path):
    world = toy(compare="file", compare_file=str(tmp_path / "gone.safetensors"))
    assert "nothing to compare with" in world.warnings[0]


def test_a_model_brings_its_story_until_it_learns_anew(toy, tmp_path):
    world = trained(toy(updates=20), 20)
    path = tmp_path / "model.safetensors"
    checkpoint.save(world, path, "model")
    spec = world.spec.with_(model=Asset(path.name, path.read_bytes()))
    other = type(world)(spec)
    assert other.train_progress() == (0, 20)
    assert other.past.last == 20
    curves = {curve[0] for curve in other.views({"training": ViewRequest()})["training"].curves}
    assert curves == {"loss", "zero"}
    names = [n for n, _, _ in other.views({"scores": ViewRequest()})["scores"].curves]
    assert names == ["size"]
    perform(other, "moment", {"x": 0.0})
    assert other.loss() == pytest.approx(toy(updates=20).loss(), rel=1e-3)  # half precision
    trained(other, 1)
    assert other.past.updates == (0, 1)


def test_studies_come_at_their_updates_and_at_the_end(toy):
    world = toy(updates=12)
    found = [world.train_step(no_poll) for _ in range(12)]
    assert ["size" in one for one in found] == [i % 5 == 0 or i == 11 for i in range(12)]
    assert world.past.curves()["size"][0].tolist() == [0, 5, 10, 12]


def test_the_last_study_may_be_interrupted_and_is_made_up_for(toy):
    world, calls = trained(toy(updates=12), 11), []

    def study(weights, poll):
        calls.append(world.updates_done)
        poll()
        return {"size": 1.0}

    def poll():
        if world.updates_done == 12 and len(calls) == 1:
            raise Cancelled

    world.study = study
    assert "size" not in world.train_step(poll)
    assert world.updates_done == 12  # the update stands
    assert "size" in world.train_step(poll)
    assert calls == [12, 12]
    assert world.past.curves()["size"][0].tolist() == [0, 5, 10, 12]
    trained(world, 7)  # beyond the plan a study may be interrupted, too
    assert world.updates_done == 20
    calls.clear()

    def stop():
        if calls:
            raise Cancelled

    with pytest.raises(Cancelled):
        world.train_step(stop)
    assert world.updates_done == 20


def test_large_models_are_judged_on_fewer_sequences_in_pieces(toy, monkeypatch):
    from engine.attention import pieces, shown

    world = toy()
    whole, loss = world.on_probe(world.variant()), world.loss()
    assert len(world.probe().tokens) == world.probe_size == 32
    one = pieces.work(world.design, world.probe().tokens.shape[1])
    monkeypatch.setattr(pieces, "_CPU", 5 * one)
    seen = []
    forward = shown.forward

    def spy(design, weights, tokens, **options):
        seen.append(len(tokens))
        return forward(design, weights, tokens, **options)

    monkeypatch.setattr(shown, "forward", spy)
    np.testing.assert_allclose(world.on_probe(world.variant()), whole, rtol=1e-5)
    assert sum(seen) == 32
    assert max(seen) <= 6
    seen.clear()
    assert world.loss() == loss
    assert not seen  # it was measured already
    monkeypatch.setattr(type(world), "probe_size", 500)
    monkeypatch.setattr(pieces, "_JUDGED", 100.5 * one)
    assert len(toy().probe().tokens) == 100


def test_going_back_in_time_unlearns_nothing(toy):
    world = trained(toy(), 8)
    saved = world.state("world")
    moments = world.past.updates
    for _ in range(4):
        world.step()
    world.load_state({**world.state("model"), **saved}, "world")
    assert world.past.updates == moments


def test_the_parameters_that_are_incidental_change_no_tick(toy):
    one, two = toy(), toy()
    for name, value in {"alpha": 1.0, "compare": "start", "moment": 0, "eta": 3.0}.items():
        assert name in type(two).incidental
        two.set_param(name, value)
    for _ in range(12):
        one.step()
        two.step()
    same(one.state("world"), two.state("world"))
