"""Checkpoints of the reference, opened as worlds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import openers
from engine.core.errors import BadInput
from engine.core.spec import Spec
from engine.soup import reference_file
from engine.soup.epoch import Soup
from engine.soup.language import language


def test_it_goes_on_as_the_soup_would(tmp_path: Path) -> None:
    straight = Soup(language("bff_noheads"), 64, 0)
    straight.step()
    straight.step()
    path = tmp_path / "0000000002.dat"
    reference_file.write(path, straight.soup, straight.epoch)
    opened = openers.open_model(path)
    assert openers.kind_of(path) == "world"
    assert opened.title == "0000000002"
    assert "neither language nor seed" in opened.notes[0]
    world = openers.build(opened.spec, opened.state, path)
    assert (world.step_count, world.seed) == (2, 0)
    straight.step()
    world.step()
    np.testing.assert_array_equal(world.get_arrays("world")["programs"], straight.soup)
    assert world.get_arrays("world")["counters"].tolist()[::2] == [3, 0]


@pytest.mark.parametrize(
    ("cut", "words"),
    [(slice(0, 10), "header"), (slice(0, -1), "truncated"), (slice(8, None), "names")],
)
def test_files_that_lie_are_refused(tmp_path: Path, cut: slice, words: str) -> None:
    path = tmp_path / "a.dat"
    reference_file.write(path, np.full((8, 64), 255, np.uint8), 5)
    path.write_bytes(path.read_bytes()[cut])
    with pytest.raises(BadInput, match=words) as caught:
        openers.open_model(path)
    assert "a.dat" in str(caught.value)


def test_a_soup_larger_than_a_world_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = reference_file.Saved(np.zeros((2**22 + 2, 64), np.uint8), 1)
    monkeypatch.setattr(reference_file, "read", lambda path: huge)
    with pytest.raises(BadInput, match="4,194,306 programs, a world has at most 4,194,304"):
        openers.open_model(tmp_path / "a.dat")


def test_what_a_file_leaves_unsaid_is_as_in_a_soup_but_in_no_other_world(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    reference_file.write(path, np.zeros((8, 64), np.uint8), 5)
    front = Spec("soup", {"language": "bff", "programs": 64, "grid_width": 8}, seed=3)
    opened = openers.open_model(path, front)
    assert opened.spec.params == {"language": "bff", "programs": 8}
    assert opened.spec.seed == 3
    assert "bff and seed 3" in opened.notes[0]
    other = openers.open_model(path, Spec("life", {"language": "bff"}, seed=3))
    assert (other.spec.params["language"], other.spec.seed) == ("bff_noheads", 0)
