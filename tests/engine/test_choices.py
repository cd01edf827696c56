"""Choices that are the modules of a package, or names that a room makes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import ValidationError

from engine.core.choices import ModulesOf, OneOf
from engine.core.errors import BadInput
from engine.core.params import Params, assign, fields_of, fields_of_schema, load_stored, rebuild

PACKAGE = "shelf_of_choices"


class Chosen(Params):
    """Parameters with one choice of the shelf."""

    which: Annotated[str, ModulesOf(PACKAGE, first="pear")] = rebuild("pear", "One of the shelf")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a package of three modules, none of which can be imported."""
    folder = tmp_path / PACKAGE
    folder.mkdir()
    for name in ("pear", "apple", "quince", "_worm"):
        (folder / f"{name}.py").write_text("raise RuntimeError('imported')")
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    sys.modules.pop(PACKAGE, None)


@pytest.mark.usefixtures("shelf")
def test_the_modules_are_the_choices_and_stay_unimported() -> None:
    (field,) = fields_of(Chosen)
    assert field.kind == "choice"
    assert field.choices == ("pear", "apple", "quince")
    assert field.help == "One of the shelf"
    assert Chosen(which="quince").which == "quince"
    assert f"{PACKAGE}.pear" not in sys.modules


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("value", ["plum", "_worm", "", 3])
def test_nothing_else_is_taken(value: object) -> None:
    with pytest.raises(ValidationError):
        Chosen.model_validate({"which": value})


def test_a_stored_schema_offers_what_lies_there_now(shelf: Path) -> None:
    stored = Chosen.model_json_schema()
    assert stored["properties"]["which"]["enum"] == ["pear", "apple", "quince"]
    (shelf / "fig.py").touch()
    (shelf / "apple.py").unlink()
    assert fields_of_schema(stored)[0].choices == ("pear", "quince", "fig")


def test_a_stored_schema_without_its_package_keeps_its_list() -> None:
    entry = {"type": "string", "enum": ["a", "b"], "modules_of": "nobody_has_this"}
    assert fields_of_schema({"properties": {"which": entry}})[0].choices == ("a", "b")


class Listed(Params):
    """Parameters with one of two names."""

    which: Annotated[str, OneOf(("cube", "ball"))] = rebuild("ball", "One of two")


def test_names_of_a_room_are_choices_like_any_other() -> None:
    (field,) = fields_of(Listed)
    assert (field.kind, field.choices, field.default) == ("choice", ("cube", "ball"), "ball")
    assert assign(Listed(), {"which": "cube"}).which == "cube"
    with pytest.raises(BadInput, match="one of cube, ball"):
        assign(Listed(), {"which": "cone"})
    kept, warnings = load_stored(Listed, {"which": "cone"})
    assert kept.which == "ball"
    assert len(warnings) == 1
