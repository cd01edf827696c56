"""A newcomer's language: the one in the engine's README, in a file of its own."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.core import registry
from engine.core.errors import BadInput
from engine.core.params import ParamField, assign, fields_of, load_stored
from engine.soup import language as languages_of
from engine.soup import languages as folder
from engine.soup import scoring
from engine.soup.epoch import Soup
from engine.soup.pairing import Cyclic
from engine.soup.parameters import SoupParams

README = Path(languages_of.__file__).parents[1] / "README.md"


@pytest.fixture
def capital(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[languages_of.Language]:
    """Put the example beside the other languages."""
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "bff_capital.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    languages_of.languages.cache_clear()
    yield languages_of.language("bff_capital")
    languages_of.languages.cache_clear()
    sys.modules.pop(f"{folder.__name__}.bff_capital", None)


def test_one_file_is_a_language(capital: languages_of.Language) -> None:
    assert len(languages_of.languages()) == 14
    assert capital.spell(capital.assemble("[.]0")) == "[.]0"
    assert capital.assemble("[.]0") == b"IGJ\0"
    assert [line.text for line in capital.disassemble(b"IGJ")] == ["[", ".", "]"]
    assert scoring.score(capital, capital.replicator) == 64


def test_it_lives_in_a_soup_and_carries_tokens(capital: languages_of.Language) -> None:
    soup = Soup(
        capital, 2, 1, mutation=0, pairing=Cyclic(), tracers=True, initial=capital.replicator
    )
    soup.epoch = 1  # pairs (0, 1)
    soup.step()
    assert soup.soup[1].tobytes() == capital.replicator[::-1]
    assert soup.tokens is not None
    assert (soup.tokens[1, 1] == np.arange(64)[::-1]).mean() > 0.8


def field(fields: tuple[ParamField, ...]) -> ParamField:
    return next(field for field in fields if field.name == "language")


def test_it_is_offered_and_taken_as_a_parameter(capital: languages_of.Language) -> None:
    offered = field(fields_of(SoupParams))
    assert offered.kind == "choice"
    assert offered.choices[0] == offered.default == "bff_noheads"
    assert len(offered.choices) == 14
    assert assign(SoupParams(), {"language": capital.name}).language == capital.name
    assert load_stored(SoupParams, {"language": capital.name}) == (
        SoupParams(language=capital.name),
        (),
    )


@pytest.mark.usefixtures("capital")
def test_the_gallery_offers_it_though_its_file_was_written_before() -> None:
    entry = registry.entry("soup")
    assert "bff_capital" not in entry.schema["properties"]["language"]["enum"]
    assert field(entry.fields).choices[-1] == "bff_capital"


def test_without_its_file_it_is_no_choice() -> None:
    assert "bff_capital" not in field(fields_of(SoupParams)).choices
    with pytest.raises(BadInput, match=r"'bff_capital'.*one of bff_noheads, bff, "):
        assign(SoupParams(), {"language": "bff_capital"})
    params, (warning,) = load_stored(SoupParams, {"language": "bff_capital"})
    assert params.language == "bff_noheads"
    assert "bff_capital" in warning


def test_a_file_and_its_language_have_one_name(
    capital: languages_of.Language, tmp_path: Path
) -> None:
    (tmp_path / f"{capital.name}.py").rename(tmp_path / "bff_small.py")
    languages_of.languages.cache_clear()
    with pytest.raises(ValueError, match=r"bff_small.py is called 'bff_capital'"):
        languages_of.languages()
    sys.modules.pop(f"{folder.__name__}.bff_small")
