"""The list of what was done, without a window or a world."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.chronicle.entries import MERGE_SECONDS, Entries, Entry
from app.chronicle.words import lowered, param_words, rebuild_words, value_words
from engine.core.commands import Rebuild, Restore
from engine.core.params import Params, fields_of, live
from engine.core.spec import Asset, Spec


class Dials(Params):
    rate: float = live(0.5, "A rate", ge=0.0, le=1.0)
    on: bool = live(True, "A switch")


def entry(kind: Any, step: int, at: float = 0.0, **more: Any) -> Entry:
    if kind == "leap":
        more.setdefault("undo", Restore(1))
    return Entry(kind, kind, "", step, at, **more)


def test_an_entry_cuts_what_was_undone_and_what_is_ahead() -> None:
    entries = Entries()
    one, two, three = (entry("gesture", step, gesture=step) for step in (1, 2, 3))
    for made in (one, two, three):
        entries.add(made)
    entries.undone(three)
    assert entries.next_redo() is three
    assert entries.next_undo() is two
    entries.jumped(1)
    assert (one.ahead, two.ahead) == (False, True)
    assert entries.next_undo() is one
    entries.add(new := entry("gesture", 1, gesture=9))
    assert entries.all == [one, new]
    assert entries.next_redo() is None


def test_time_that_passes_what_is_ahead_leaves_it_out() -> None:
    entries = Entries()
    for step in (1, 5, 9):
        entries.add(entry("gesture", step, gesture=step))
    entries.jumped(4)
    assert not entries.ran(5)
    assert entries.ran(6)
    assert [e.step for e in entries.all] == [1, 9]
    entries.jumped(9)
    assert not any(e.ahead for e in entries.all)


def test_behind_a_leap_lies_another_era() -> None:
    entries = Entries()
    entries.add(before := entry("gesture", 80, gesture=1))
    entries.add(reset := entry("leap", 90))
    entries.add(after := entry("gesture", 3, gesture=2))
    entries.jumped(0)
    assert (before.ahead, reset.ahead, after.ahead) == (False, False, True)
    assert entries.next_undo() is reset
    entries.undone(reset)
    entries.jumped(70)
    assert before.ahead
    entries.redone(reset)
    reset.why = "too large"
    assert entries.next_undo() is None  # what was before it is not so here


def test_quick_changes_of_one_value_are_one() -> None:
    entries = Entries()
    for number in range(40):
        entries.add(entry("param", 0, number / 50, name="rate", before=number, after=number + 1))
    (only,) = entries.all
    assert (only.before, only.after) == (0, 40)
    late = only.at + MERGE_SECONDS + 0.1
    entries.add(entry("param", 0, late, name="rate", before=40, after=41))
    entries.add(entry("param", 0, late, name="on", before=False, after=True))
    assert len(entries.all) == 3
    entries.add(entry("param", 0, late, name="on", before=True, after=False))
    assert len(entries.all) == 2  # as if nothing had happened


@settings(max_examples=80, deadline=None)
@given(
    deeds=st.lists(
        st.tuples(
            st.sampled_from(["gesture", "param", "leap", "undo", "redo", "jump", "run"]),
            st.integers(0, 20),
        ),
        max_size=40,
    )
)
def test_undo_and_redo_walk_the_list_back_and_forth(deeds: Any) -> None:
    entries = Entries()
    for number, (deed, step) in enumerate(deeds, 1):
        if deed == "undo":
            if (last := entries.next_undo()) is not None:
                entries.undone(last)
                assert entries.next_redo() is last or last.ahead
        elif deed == "redo":
            if (next_ := entries.next_redo()) is not None:
                entries.redone(next_)
                assert entries.all[entries.done - 1] is next_
        elif deed == "jump":
            entries.jumped(step)
        elif deed == "run":
            entries.ran(step)
        else:
            entries.add(
                entry(deed, step, number, gesture=number, name=str(number), before=0, after=1)
            )
        assert 0 <= entries.done <= len(entries.all)
    while (last := entries.next_undo()) is not None:
        before = entries.done
        entries.undone(last)
        assert entries.done < before


def test_words() -> None:
    rate, on = fields_of(Dials)
    assert param_words(rate, 0.5, 0.123456) == "Rate 0.5 → 0.1235"
    assert param_words(on, True, False) == "On: off"
    assert value_words("x" * 50) == "x" * 23 + "…"
    assert value_words("") == "nothing"
    assert lowered("Paint stroke") == "paint stroke"
    assert lowered("RGB noise") == "RGB noise"
    fields = {field.name: field for field in (rate, on)}
    spec = Spec("toy", {"rate": 0.5, "on": True})

    def words(**changes: Any) -> str:
        return rebuild_words(fields, spec, Rebuild(spec.with_(**changes)))

    assert words() == "Made anew"
    assert words(params={"rate": 1.0, "on": False}) == "Restarted with other rate, on"
    assert words(mesh=Asset("a/bunny.obj", b"1")) == "Live on bunny.obj"
    assert words(model=Asset("spots.safetensors", b"1")) == "Model spots.safetensors"
    assert words(target=Asset("cat.png", b"1")) == "Learn cat.png"
