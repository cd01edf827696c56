"""Typed parameters: what is described, typed in, stored and read again."""

from __future__ import annotations

import json
import math
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError, model_validator

from engine.core.errors import BadInput
from engine.core.params import (
    Params,
    assign,
    assign_text,
    dump,
    fields_of,
    fields_of_schema,
    live,
    load_stored,
    rebuild,
)


class Toy(Params):
    rate: float = live(0.5, "How fast", ge=0.0, le=2.0, unit="1/s", log=True)
    size: int = rebuild(64, "How large", ge=2, le=512, unit="cells", cost="memory", expert=True)
    wrap: bool = live(True, "Whether it is a torus")
    rule: Literal["life", "seeds"] = rebuild("life", "Which rule")
    text: str = rebuild("B3/S23", "Which rule, in letters", pattern=r"^B\d*/S\d*$", max_length=24)

    @model_validator(mode="after")
    def _agree(self) -> Toy:
        if self.rule == "seeds" and not self.wrap:
            raise ValueError("seeds live on a torus")
        return self


def test_fields_say_all_that_a_panel_needs() -> None:
    fields = {field.name: field for field in fields_of(Toy)}
    assert list(fields) == ["rate", "size", "wrap", "rule", "text"]
    rate = fields["rate"]
    assert (rate.kind, rate.low, rate.high, rate.unit) == ("float", 0.0, 2.0, "1/s")
    assert (rate.apply, rate.log, rate.help, rate.default) == ("live", True, "How fast", 0.5)
    assert (fields["size"].apply, fields["size"].cost) == ("rebuild", "memory")
    assert fields["size"].expert
    assert [fields[n].kind for n in ("size", "wrap", "rule", "text")] == [
        "int",
        "bool",
        "choice",
        "text",
    ]
    assert fields["rule"].choices == ("life", "seeds")
    assert fields["size"].range_text == "2 to 512 cells"
    assert fields["rule"].range_text == "one of life, seeds"


def test_the_stored_schema_describes_the_same_fields() -> None:
    stored = json.loads(json.dumps(Toy.model_json_schema()))
    assert fields_of_schema(stored) == fields_of(Toy)


def test_assigning_returns_a_changed_copy() -> None:
    before = Toy()
    after = assign(before, {"rate": 1, "size": 8})
    assert (after.rate, after.size, before.rate) == (1.0, 8, 0.5)
    with pytest.raises(ValidationError):
        before.rate = 3.0


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"rate": 3}, "0 to 2 1/s"),
        ({"rate": math.nan}, "0 to 2"),
        ({"size": 2.5}, "2 to 512 cells"),
        ({"size": "many"}, "many"),
        ({"rule": "chess"}, "one of life, seeds"),
        ({"text": "chess"}, "text"),
        ({"speed": 3}, "rate, rule, size"),
        ({"rule": "seeds", "wrap": False}, "live on a torus"),
    ],
)
def test_what_is_typed_wrongly_is_refused_with_the_range(values: Any, text: str) -> None:
    with pytest.raises(BadInput) as caught:
        assign(Toy(), values)
    assert text in str(caught.value)


def test_texts_of_the_command_line_are_converted() -> None:
    params = assign_text(Toy(), ["rate=1.5", " size = 16", "wrap=false", "text=B2/S"])
    assert (params.rate, params.size, params.wrap, params.text) == (1.5, 16, False, "B2/S")
    with pytest.raises(BadInput, match="name=value"):
        assign_text(Toy(), ["rate"])


def test_stored_values_are_read_forgivingly() -> None:
    stored = {"rate": 9, "size": -3, "wrap": "maybe", "rule": "life", "gone": 1}
    params, warnings = load_stored(Toy, stored)
    assert params == Toy(rate=2.0, size=2)
    assert len(warnings) == 4
    for word in ("rate", "size", "wrap", "gone"):
        assert any(word in warning for warning in warnings)


def test_of_what_contradicts_itself_the_first_is_kept() -> None:
    params, warnings = load_stored(Toy, {"rule": "seeds", "wrap": False, "size": 8})
    assert params == Toy(rule="seeds", size=8)
    (warning,) = warnings
    assert warning.startswith("wrap = False does not go with the others")


class Lattice(Params):
    cells: int = rebuild(100, "How many", ge=1, le=10_000)
    width: int = rebuild(10, "In a row", ge=1, le=10_000)

    @model_validator(mode="after")
    def _agree(self) -> Lattice:
        if self.cells % self.width:
            raise ValueError("rows have the same length")
        return self


def test_a_contradiction_is_not_answered_by_the_range_that_it_keeps() -> None:
    with pytest.raises(BadInput) as refused:
        assign(Lattice(), {"width": 7})
    assert "rows have the same length" in refused.value.problem
    assert refused.value.remedy == "Choose another of 1 to 10,000"


def test_values_that_do_not_go_with_the_defaults_but_with_each_other_are_taken() -> None:
    for stored in ({"cells": 21, "width": 7}, {"width": 7, "cells": 21}):
        assert load_stored(Lattice, stored) == (Lattice(cells=21, width=7), ())


@given(
    st.builds(
        Toy,
        rate=st.floats(0, 2),
        size=st.integers(2, 512),
        rule=st.sampled_from(["life", "seeds"]),
        text=st.sampled_from(["B3/S23", "B/S", "B012345678/S012345678"]),
    )
)
def test_round_trip_through_json(params: Toy) -> None:
    back, warnings = load_stored(Toy, json.loads(dump(params)))
    assert back == params
    assert warnings == ()


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)

# The first drawing of floats and texts loads tables, which counts as slow where nothing did before.
with_tables = settings(suppress_health_check=[HealthCheck.too_slow])


@with_tables
@given(st.dictionaries(st.sampled_from([*Toy.model_fields, "gone"]), values | st.lists(values)))
def test_nothing_stored_can_fail(stored: Any) -> None:
    params, _ = load_stored(Toy, stored)
    assert isinstance(params, Toy)


@given(st.sampled_from([*Toy.model_fields]), values)
def test_whatever_is_typed_is_taken_or_refused_in_words(name: str, value: Any) -> None:
    message = name
    try:
        assign(Toy(), {name: value})
    except BadInput as error:
        message = str(error)
    assert name in message


class Texts(Params):
    """Texts with a pattern and with a length."""

    name: str = live("ab", "Two small letters", pattern="^[a-z]{2}$")
    short: str = live("", "Anything short", max_length=3)


@pytest.mark.parametrize(
    ("values", "words"), [({"name": "A1"}, "Two small letters"), ({"short": "long"}, "at most 3")]
)
def test_a_refused_text_says_what_is_allowed(values: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        assign(Texts(), values)


def test_a_group_is_told_by_the_schema() -> None:
    class Grouped(Params):
        size: int = rebuild(3, "Size", ge=1, le=9, group="Body")
        rate: float = live(0.5, "Rate", ge=0.0, le=1.0)

    assert [field.group for field in fields_of(Grouped)] == ["Body", ""]
