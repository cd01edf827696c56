"""What is noted about a world, how much room it takes, and what cuts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from engine.core import commands as c
from engine.core.errors import BadInput
from engine.core.journal import (
    LIMIT,
    MOST,
    Done,
    Journal,
    Put,
    Start,
    Ticks,
    Updates,
)
from engine.core.journal_text import decode, encode
from engine.core.spec import Spec
from engine.core.system import Action
from engine.core.views import Stroke

START = Start("reset", Spec("life"))


def begun() -> Journal:
    journal = Journal()
    journal.begin(START)
    return journal


def brush(number: int = 0) -> c.Brush:
    return c.Brush(Stroke("world", "paint", ((1.5, 2.25), (3.0, 0.1)), 4.0, 0.3, 1, number))


@pytest.mark.parametrize(
    "command",
    [
        c.SetParam("feed", 0.1 + 0.2),
        c.SetParam("kernel", (1, 2.5, "a", None, True)),
        brush(7),
        c.Act("insert", {"program": b"\x00\xff", "at": (3, 4), "deep": {"list": [1]}}),
        c.Ask("find", {"text": "abc"}),
        c.Reset(2**63 - 1),
        c.Reset(),
    ],
)
def test_a_command_is_read_as_it_was_written(command: c.Command) -> None:
    text = encode(command)
    assert encode(decode(text)) == text
    assert json.loads(text)
    if isinstance(command, c.Brush | c.Reset):
        assert decode(text) == command


def test_numbers_of_numpy_become_plain_ones() -> None:
    again = decode(encode(c.SetParam("rate", np.float32(0.1))))
    assert isinstance(again, c.SetParam)
    assert np.float32(again.value) == np.float32(0.1)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"do":"run"}', '{"do":"brush","points":[["a"]]}']
)
def test_what_is_no_command_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no command"):
        decode(text)


def test_ticks_and_updates_are_counted_in_order() -> None:
    journal = begun()
    journal.learns = True
    for _ in range(5):
        journal.ticked()
    journal.did(c.SetParam("feed", 0.5))
    journal.ticked()
    journal.trained()
    journal.trained()
    journal.ticked()
    kinds = journal.copy()
    assert kinds[0] == Ticks(5)
    assert isinstance(kinds[1], Done)
    assert kinds[2:] == (Ticks(1), Updates(2), Ticks(1))


def test_what_changes_nothing_is_not_noted() -> None:
    journal = begun()
    for command in (c.Play(), c.Pause(), c.RunTo(3), c.Look({}), c.Snapshot(), c.Save(Path("x"))):
        journal.did(command)
    journal.did(c.Ask("inspect", {}))
    assert journal.copy() == ()
    assert not journal.broken


@pytest.mark.parametrize("command", [c.Undo(), c.Redo(), c.Jump(3)])
def test_what_cannot_be_told_cuts(command: c.Command) -> None:
    journal = begun()
    journal.ticked()
    journal.did(command)
    assert journal.broken
    assert journal.copy() == ()
    journal.did(brush())
    journal.ticked()
    assert journal.copy() == ()
    journal.begin(START)
    assert not journal.broken


def test_an_argument_that_json_cannot_tell_cuts() -> None:
    journal = begun()
    journal.did(c.Act("open", {"file": Path("x")}))
    assert "cannot be noted" in journal.broken


def test_training_cuts_where_the_start_does_not_hold_it() -> None:
    journal = begun()
    journal.trained()
    assert journal.broken


def test_a_reset_forgets_strokes_and_ticks_but_no_parameters() -> None:
    journal = begun()
    journal.did(c.SetParam("feed", 0.5))
    journal.ticked(3.0)
    journal.did(brush())
    journal.did(c.Reset(4))
    journal.ticked(0.5)
    kinds = [json.loads(e.text)["do"] if isinstance(e, Done) else e for e in journal.copy()]
    assert kinds == ["set", "reset", Ticks(1)]
    assert journal.seconds == 0.5


def test_a_reset_after_an_action_forgets_nothing() -> None:
    journal = begun()
    journal.ticked()
    journal.did(c.Act("switch", {}))
    journal.did(c.Reset())
    assert len(journal.copy()) == 3


def test_a_parameter_within_a_tick_cuts_after_it() -> None:
    journal = begun()
    journal.did(c.SetParam("feed", 0.5), begun=True)
    assert not journal.broken
    assert journal.late
    journal.ticked()
    assert journal.broken
    assert not journal.late


def test_the_journal_of_a_film_begun_within_a_tick_holds_the_state_that_the_tick_ended_in() -> None:
    journal = begun()
    journal.did(c.SetParam("feed", 0.5), begun=True)
    film = journal.follow(START, (), lambda: 0)
    journal.ticked()
    journal.ticked()
    assert film.copy() == (Put(0, tick=True), Ticks(1))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_not_finite_is_not_noted(number: float) -> None:
    journal = begun()
    journal.did(c.Act("burst", {"strength": number}))
    assert "finite" in journal.broken
    text = encode(brush()).replace("0.3", json.dumps(number))
    with pytest.raises(BadInput, match="no command"):
        decode(text)


@pytest.mark.parametrize(
    "change",
    [
        {"points": [[1.0]]},
        {"points": [[1.0, 2.0], [1.0, 2.0, 3.0]]},
        {"points": [[1.0, 1e999]]},
        {"radius": "wide"},
        {"radius": None},
        {"number": 1.5},
        {"channel": True},
    ],
)
def test_a_stroke_of_other_things_than_numbers_is_refused(change: dict[str, object]) -> None:
    text = json.dumps(json.loads(encode(brush())) | change)
    with pytest.raises(BadInput, match="no command"):
        decode(text)


def test_a_long_journal_is_cut_and_never_grows_over_its_limit() -> None:
    journal = begun()
    many = tuple((float(n), float(n)) for n in range(2000))
    most = 0
    for _ in range(400):
        journal.did(c.Brush(Stroke("world", "paint", many)))
        most = max(most, journal.bytes)
    assert journal.broken
    assert journal.bytes == 0
    assert LIMIT / 2 < most <= LIMIT


def test_a_million_ticks_are_one_entry() -> None:
    journal = begun()
    for _ in range(100_000):
        journal.ticked()
    assert journal.copy() == (Ticks(100_000),)
    assert journal.bytes < 100


def test_the_journal_of_a_film_goes_on_behind_a_cut() -> None:
    journal = begun()
    journal.ticked()
    kept: list[int] = []

    def keep() -> int:
        kept.append(len(kept))
        return kept[-1]

    film = journal.follow(START, (), keep)
    journal.ticked()
    journal.did(c.Undo())
    journal.ticked()
    journal.cut("a failure")
    journal.did(brush())
    journal.leave(film)
    journal.ticked()
    entries = film.copy()
    assert entries[:4] == (Ticks(1), Put(0), Ticks(1), Put(1))
    assert isinstance(entries[4], Done)
    assert len(entries) == 5
    assert journal.broken
    assert not film.broken


def test_a_film_whose_states_find_no_room_says_so() -> None:
    def full() -> int:
        raise BadInput("there is no room")

    journal = begun()
    film = journal.follow(START, (), full)
    journal.did(c.Undo())
    assert film.broken == "there is no room"


def test_a_film_that_is_painted_on_without_end_is_given_up() -> None:
    journal = begun()
    film = journal.follow(START, (), lambda: 0)
    many = tuple((float(n), float(n)) for n in range(2000))
    text = encode(c.Brush(Stroke("world", "paint", many)))
    for _ in range(MOST // len(text) + 400):
        film._add(Done(text))
    assert film.broken == "too much was done by hand"
    assert film.copy() == ()


def test_an_action_that_reads_a_file_is_not_told_by_its_name(toys: Any) -> None:
    class Source(BaseModel):
        path: Path | None = None
        share: float = 1.0

    class Mixing(toys.Drift):  # type: ignore[misc, name-defined]
        def actions(self) -> dict[str, Action]:
            return {**super().actions(), "mix": Action("Mix", Source)}

        def act(self, name: str, arguments: Any) -> Any:
            return None if name == "mix" else super().act(name, arguments)

    lab = toys.open(Mixing)
    lab.do(c.Act("stain", {"value": 2.0}))
    assert not lab.runner._stage.journal.broken
    lab.do(c.Act("mix", {"path": "other.dat"}))
    assert "file" in lab.runner._stage.journal.broken
    _, origin = lab.do(c.Snapshot(origin=True))
    assert origin.state is not None


def test_what_a_film_is_not_told_is_in_its_next_state() -> None:
    journal = begun()
    film = journal.follow(START, (), lambda: 0)
    journal.ticked()
    journal.did(c.Act("mix", {"path": "other.dat"}), untold="it read a file")
    journal.ticked()
    assert film.copy() == (Ticks(1), Put(0), Ticks(1))
