"""Tests of the laboratory of induction heads."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine import openers
from engine.attention.induction_parameters import InductionParams
from engine.attention.lagging import Lagging
from engine.attention.pieces import work
from engine.attention.tasks import Draws
from engine.attention.tasks.repeats import NO_TARGET, known
from engine.core.capabilities import perform
from engine.core.errors import BadInput
from engine.core.figures import ChartView, HeadsView, MatrixView, TableView
from engine.core.params import assign, load_stored
from engine.core.spec import Spec
from engine.core.system import no_poll
from engine.core.views import Pick, ViewRequest
from engine.systems.induction import Induction

SMALL = {"vocabulary": 64, "length": 32, "longest": 16, "width": 16, "batch": 4}


def world(**params: object) -> Induction:
    """Make a small world."""
    return Induction(Spec("induction", SMALL | params, seed=3, device="cpu"))


def view(system: Induction, name: str, *channels: int) -> object:
    """Make one view."""
    return system.views({name: ViewRequest(channels=channels)})[name]


def whole(system: Induction, *channels: int) -> TableView:
    """Make the table of ablations, all of its rows."""
    view(system, "ablation", *channels)
    while system.log_pending():
        system.take_log()
    table = view(system, "ablation", *channels)
    assert isinstance(table, TableView)
    return table


def test_the_default_is_the_model_of_the_sheet() -> None:
    system = Induction(Spec("induction", {}, device="cpu"))
    assert sum(array.size for array in system.weights().values()) == 45_440
    plan = system.make_plan()
    assert (plan.rate, plan.warmup, plan.schedule, plan.batch) == (2e-3, 50, "constant", 64)
    assert (plan.beta1, plan.beta2, plan.decay, plan.clip) == (0.9, 0.98, 0.01, 1.0)
    assert system.updates_done == 0
    heads = view(system, "heads")
    assert isinstance(heads, HeadsView)
    assert heads.roles == (("diffuse", "diffuse"), ("diffuse", "diffuse"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"heads": 3}, "3 heads cannot share 16 channels evenly"),
        ({"shortest": 20}, "from 20 to 16"),
        ({"vocabulary": 8}, "16 different symbols of 8"),
    ],
)
def test_what_cannot_be_is_refused_as_it_is_typed(values: dict[str, int], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        assign(InductionParams.model_validate(SMALL), values)


def test_all_its_views_are_made_for_every_kind_of_attention() -> None:
    for kind in ("softmax", "linear", "mesa"):
        system = world(attention=kind)
        for offer in system.view_offers():
            made = view(system, offer.name, 1, 1)
            if isinstance(made, MatrixView):
                assert all(matrix.values.dtype == np.float32 for matrix in made.matrices)
        assert np.isfinite(system.train_step(no_poll)["loss"])


def test_the_guide_points_at_the_successor_of_the_latest_match() -> None:
    system = world()
    heads = view(system, "heads")
    assert isinstance(heads, HeadsView)
    segment = int(system.prompt.more["segment"][0])
    assert 8 <= segment <= 16
    assert heads.guide == tuple((t, t - segment + 1) for t in range(segment, 32))
    assert heads.groups == tuple(t // segment for t in range(32))
    assert len(heads.keys) == 32


def test_reading_goes_on_symbol_by_symbol_to_a_new_sequence() -> None:
    system = world()
    first = system.prompt.tokens
    system.step()
    assert system.cursor == 1
    assert not np.array_equal(system.prompt.tokens, first)


def test_a_typed_text_is_read_and_held() -> None:
    system = world()
    system.set_param("text", "the cat. the cat")
    assert view(system, "heads").keys == tuple("the␣cat.␣the␣cat")  # type: ignore[attr-defined]
    for _ in range(40):
        system.step()
    assert system.prompt.used == 16
    rows = view(system, "tokens").rows  # type: ignore[attr-defined]
    assert [row[1] for row in rows] == list("the␣cat.␣the␣cat")
    assert rows[0][6] == "h"
    assert rows[-1][6:] == ("", "", "")  # nobody knows what comes
    perform(system, "new-prompt", {})
    assert system.prompt.used == 32
    perform(system, "read-text", {})
    assert system.prompt.used == 16
    system.reset()
    assert system.prompt.used == 16


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("tea\u00e9", r"Character 4 of the text, 'é'.*tea»é«"),
        ("a" * 65, "65 characters"),
        ("a" * 33, "at most 32"),
    ],
)
def test_a_refused_text_leaves_the_former_one(text: str, words: str) -> None:
    system = world(text="abab")
    before = system.state("world")
    with pytest.raises(BadInput, match=words):
        system.set_param("text", text)
    assert system.params.text == "abab"
    for name, array in system.state("world").items():
        np.testing.assert_array_equal(array, before[name])


def test_a_text_that_the_model_cannot_read_is_told_and_not_lost() -> None:
    system = world(text="abab", vocabulary=16)
    assert system.prompt.used == 32
    assert any("the text" in words for words in system.vain())
    with pytest.raises(BadInput, match=r"'a', is not one of the 16 symbols.*A-P"):
        perform(system, "read-text", {})
    assert world(text="abab").vain() == ()


def test_a_stored_text_of_unknown_symbols_is_dropped_with_a_word() -> None:
    params, warnings = load_stored(InductionParams, {"text": "tea\u00e9"})
    assert params.text == ""  # type: ignore[attr-defined]
    assert len(warnings) == 1


def test_one_symbol_can_be_read() -> None:
    system = world(text="a")
    for offer in system.view_offers():
        view(system, offer.name)
    assert all(math.isfinite(value) for value in system.metrics().values())
    system.step()
    assert system.cursor == 1


def test_breaking_the_pattern_is_an_edit_that_can_be_undone() -> None:
    system = world()
    before = system.prompt.tokens
    segment = int(system.prompt.more["segment"][0])
    place = segment + segment // 2
    said = perform(system, "break-pattern", {})
    assert f"token {place + 1} was" in said
    assert np.flatnonzero(system.prompt.tokens != before).tolist() == [place]
    assert system.prompt.tokens[place] not in before
    assert system.prompt.targets[place - 1] == system.prompt.tokens[place]
    assert place not in dict(view(system, "heads").guide)  # type: ignore[attr-defined]
    system.undo()
    np.testing.assert_array_equal(system.prompt.tokens, before)


def test_a_token_is_edited_by_place_and_symbol() -> None:
    system = world(text="abab")
    assert perform(system, "edit-token", {"place": 3, "symbol": "."}) == "token 3 was a and is ."
    assert view(system, "heads").keys == ("a", "b", ".", "b")  # type: ignore[attr-defined]
    with pytest.raises(BadInput, match="no token 5: the sequence has 4"):
        perform(system, "edit-token", {"place": 5, "symbol": "a"})
    with pytest.raises(BadInput, match="'#'"):
        perform(system, "edit-token", {"place": 1, "symbol": "#"})
    assert view(system, "heads").keys == ("a", "b", ".", "b")  # type: ignore[attr-defined]


def test_a_checkpoint_with_symbols_that_there_are_not_is_refused() -> None:
    system = world(vocabulary=32)
    state = system.state("world")
    state["world/prompt/tokens"] = np.full_like(state["world/prompt/tokens"], 32)
    before = system.prompt.tokens.copy()
    with pytest.raises(BadInput, match="to 32, this model knows 32"):
        system.load_state(state, "world")
    np.testing.assert_array_equal(system.prompt.tokens, before)


def test_studies_tell_repeats_new_and_scores() -> None:
    system = world(updates=3)
    scalars = system.train_step(no_poll)
    assert scalars["repeat loss"] == pytest.approx(math.log(64), abs=0.1)
    assert scalars["new loss"] == pytest.approx(math.log(64), abs=0.1)
    assert {"accuracy", "matches prefix, 2.1", "looks at previous, 1.2"} <= scalars.keys()
    names = {curve[0] for curve in view(system, "training").curves}  # type: ignore[attr-defined]
    assert {"loss", "repeat loss", "new loss", "guessing evenly"} <= names
    assert "accuracy" in {c[0] for c in view(system, "scores").curves}  # type: ignore[attr-defined]


def test_scores_are_as_many_as_are_kept() -> None:
    from engine.attention.past import NAMES

    for layers, heads in ((1, 2), (2, 2), (4, 4), (8, 8)):
        system = world(layers=layers, heads=heads)
        found = system.study(system.trainer.tensors, no_poll)
        assert len(found) + 1 <= NAMES
        assert all(math.isfinite(value) for value in found.values())


def test_the_phase_change_is_marked_in_curves_and_world() -> None:
    system = world()
    assert system.phases({}) == ()
    curves = {"accuracy": (np.array([100.0, 120.0]), np.array([0.4, 0.6]))}
    assert system.phases(curves) == ((110.0, "phase change at 110"),)
    system.past.note(0, {"accuracy": 0.1})
    system.past.note(20, {"accuracy": 0.9})
    chart = view(system, "training")
    assert isinstance(chart, ChartView)
    assert chart.cursors[0].words == "phase change at 10"
    assert not chart.cursors[0].action


def test_the_table_tells_what_is_lost_without_each_head() -> None:
    system = world()
    table = whole(system)
    assert [row[0] for row in table.rows] == [
        "intact",
        "layer 1, head 1",
        "layer 1, head 2",
        "layer 1",
        "layer 2, head 1",
        "layer 2, head 2",
        "layer 2",
    ]
    assert table.rows[0][3] == 0.0
    assert any(row[3] != 0.0 for row in table.rows[1:])
    assert "update 0" in table.columns[0]
    many = whole(world(layers=4, heads=8), 2, 5)
    assert [row[0] for row in many.rows] == [
        "intact",
        "layer 1",
        "layer 2",
        "layer 3, head 6",
        "layer 3",
        "layer 4",
    ]


def test_while_it_learns_roles_lag_behind_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    system = world()
    system._sight = Lagging(0.5, lambda: now)
    system.train_step(no_poll)
    first = system.roles(system.shown())[1]["induction"]
    assert not system.log_pending()
    system.train_step(no_poll)
    np.testing.assert_array_equal(system.roles(system.shown())[1]["induction"], first)
    assert system.log_pending()
    now += 1.0
    assert not system.log_pending()
    assert not np.array_equal(system.roles(system.shown())[1]["induction"], first)
    before = system.roles(system.shown())[1]["induction"]
    system.train_step(no_poll)
    now += 0.31  # no update for a while: nothing lags any more
    assert not np.array_equal(system.roles(system.shown())[1]["induction"], before)


def test_a_place_says_what_it_makes_likelier() -> None:
    system = world()
    rows = system.inspect(Pick("heads", (1, 0, 20, 3)))
    raised = [row for row in rows if row.label.startswith("raises ")]
    assert len(raised) == 2
    assert raised[0].value >= raised[1].value  # type: ignore[operator]


def test_what_a_place_makes_likelier_adds_up_to_the_logits() -> None:
    """One layer: all places of all heads together are all that attention adds to the logits."""
    from engine.attention.induction_views import logits_of

    system = world(layers=1)
    shown = system.shown()
    query = 20
    added = sum(
        logits_of(shown, (0, head, query, key)) for head in range(2) for key in range(query + 1)
    )
    start = shown.residual[0][query]
    folded = shown.arrays["final_gain"][:, None] * shown.arrays["readout"]
    deviation = math.sqrt(float(shown.residual[-1][query].var()) + 1e-5)
    direct = (start - start.mean()) @ folded / deviation + shown.arrays["final_bias"] @ (
        shown.arrays["readout"]
    )
    whole = shown.outputs[query]
    np.testing.assert_allclose(whole - whole.mean(), direct - direct.mean() + added, atol=1e-5)


def test_the_sequence_lies_over_its_losses() -> None:
    system = world(text="abcab")
    strip = view(system, "prompt")
    assert isinstance(strip, MatrixView)
    copies, losses, chances = (matrix.values for matrix in strip.matrices)
    assert copies.tolist() == [[0, 0, 0, 1, 1]]
    assert np.isnan(losses[0]).tolist() == [False] * 4 + [True]
    np.testing.assert_allclose(np.exp(-losses[0, :4]), chances[0, :4], rtol=1e-4)
    assert float(losses[0, :4].mean()) == pytest.approx(system.shown().loss, rel=1e-4)
    assert system.prompt.targets[4] == NO_TARGET


def shipped(preset: str) -> Induction:
    """Build the world of a preset."""
    return Induction(openers.spec_of("induction", preset))


@pytest.mark.parametrize("preset", ["heads", "symbols-128"])
def test_shipped_models_have_induction_heads_that_do_the_work(preset: str) -> None:
    system = shipped(preset)
    roles, scores = system.roles(system.shown())
    assert set(roles[1]) == {"induction"}
    assert scores["induction"][1].max() > 0.9
    assert scores["copying"][1].min() > 0.8
    rows = {row[0]: row[1] for row in whole(system).rows}
    assert rows["intact"] > 0.99
    assert rows["layer 1"] < 0.15
    assert rows["layer 2"] < 0.15
    assert system.phases(system.past.curves())
    assert len(system.past.updates) > 7


def test_the_head_with_the_clearest_stripe_leads() -> None:
    system = shipped("heads")
    scores = system.roles(system.shown())[1]["induction"]
    assert scores[system.leading_head(system.shown())] == scores.max()


def test_one_layer_has_learned_as_long_and_cannot_do_it() -> None:
    system = shipped("one-layer")
    _, scores = system.roles(system.shown())
    assert scores["induction"].max() < 0.15
    assert whole(system).rows[0][1] < 0.25  # type: ignore[operator]
    assert system.phases(system.past.curves()) == ()


def test_a_text_is_continued_once_it_was_read() -> None:
    system = shipped("text")
    sentence = "The quick brown fox. "
    rows = view(system, "tokens").rows  # type: ignore[attr-defined]
    again = rows[len(sentence) : 2 * len(sentence)]
    right = [row[3].startswith(row[6]) for row in again]
    assert sum(right) / len(right) > 0.7  # letters that come twice have two successors


def test_the_stripe_lies_on_the_guide() -> None:
    system = shipped("heads")
    heads = system.views({"heads": ViewRequest(channels=(1, 1))})["heads"]
    assert isinstance(heads, HeadsView)
    on = [heads.focus[place] for place in heads.guide]
    segment = int(system.prompt.more["segment"][0])
    if segment >= 32:  # one earlier match for each
        assert np.mean(on) > 0.9
    assert np.mean(on) > 0.3


def test_the_phase_change_preset_begins_with_nothing() -> None:
    system = shipped("phase-change")
    assert system.updates_done == 0
    assert system.past.last == -1
    assert system.params.learning_rate == 5e-4


def test_the_table_of_a_large_model_grows_row_by_row() -> None:
    """All of it took over a second, in which the world's thread did nothing else."""
    system = world(layers=8, heads=8, length=256, width=64, vocabulary=64)
    first = view(system, "ablation")
    assert isinstance(first, TableView)
    assert 1 <= len(first.rows) < 10
    assert system.log_pending()
    assert len(whole(system).rows) == 10


@pytest.mark.parametrize("kind", ["softmax", "mesa"])
def test_a_study_of_a_large_model_polls_between_layers(kind: str) -> None:
    """Counted, since clocks of busy machines prove nothing."""
    system = world(layers=8, heads=8, length=128, width=64, vocabulary=64, attention=kind)
    polls: list[int] = []
    system.study(system.trainer.tensors, lambda: polls.append(1))
    probed = system._count(2**22, 64)
    spent = (len(system._judged.tokens) + probed) * work(system.design, 128)
    assert spent / len(polls) < 25e6  # some 5 ms of one core


@pytest.mark.parametrize("size", [1e15, 3e38])
def test_weights_of_any_size_leave_every_view_to_be_seen(size: float) -> None:
    system = world()
    system.set_weights({n: np.full_like(array, size) for n, array in system.weights().items()})
    with np.errstate(all="ignore"):
        for offer in system.view_offers():
            assert view(system, offer.name) is not None


def test_segments_that_would_not_come_again_are_cut_and_told() -> None:
    system = world(length=16, longest=64, distinct=False)
    assert system.task.longest == 15
    assert "longer than 15 tokens would not come again" in " ".join(system.vain())
    drawn = system.task.draw(Draws(np.random.default_rng(0)), 64)
    repeats = known(drawn.tokens, drawn.targets).any(dim=1)
    assert repeats.float().mean() > 0.9
    assert not any("segments" in words for words in world(length=17).vain())
