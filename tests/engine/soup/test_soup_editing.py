"""Mixing soups, and what a colour means."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.core import checkpoint
from engine.core.errors import BadInput
from engine.core.spec import Spec
from engine.soup import editing, reference_file
from engine.soup.colourings import colour_soup, shares
from engine.soup.editing import Mixture
from engine.soup.epoch import Soup
from engine.soup.language import language
from engine.soup.scorer import WholeScore
from engine.systems.soup import ProgramSoup

SPOKEN = language("bff_noheads")


def _mix(path: Path, share: float, programs: int = 40, seed: int = 1) -> editing.Edit:
    soup = np.zeros((programs, 64), np.uint8)
    mixture = Mixture(path=path, share=share)
    return editing.act("mix", mixture, soup, SPOKEN, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("programs", "share", "written"), [(8, 0.5, 20), (100, 0.5, 20), (8, 0, 0)]
)
def test_a_share_of_the_programs_is_replaced_by_the_others(
    tmp_path: Path, programs: int, share: float, written: int
) -> None:
    other = np.random.default_rng(9).integers(0, 256, (programs, 64), np.uint8)
    path = tmp_path / "other.dat"
    reference_file.write(path, other, 7)
    edit = _mix(path, share)
    assert len(edit.places) == len(set(edit.places.tolist())) == written
    known = {one.tobytes() for one in other}
    givers = [one.tobytes() for one in edit.programs]
    assert set(givers) <= known
    if programs >= written:
        assert len(set(givers)) == written, "no program of a larger soup comes twice"
    again = _mix(path, share)
    np.testing.assert_array_equal(again.programs, edit.programs)
    if written:
        assert not np.array_equal(_mix(path, share, seed=2).places, edit.places)
        assert edit.mark == "mixed with other.dat"


def test_our_own_checkpoints_can_be_mixed_in(tmp_path: Path) -> None:
    world = ProgramSoup(Spec("soup", {"programs": 16, "zero": True, "plant": "hex:07"}))
    path = tmp_path / "ours.safetensors"
    checkpoint.save(world, path, "world")
    edit = _mix(path, 1.0, programs=16)
    assert sorted(one[0] for one in edit.programs) == [0] * 15 + [7]
    assert edit.mark == "mixed with ours.safetensors"


def test_programs_of_another_language_are_named(tmp_path: Path) -> None:
    path = tmp_path / "ours.safetensors"
    world = ProgramSoup(Spec("soup", {"programs": 16, "language": "forth"}))
    checkpoint.save(world, path, "world")
    assert _mix(path, 1.0, programs=16).mark == "mixed with ours.safetensors, programs of forth"


def test_an_empty_program_is_refused() -> None:
    spoken = language("bff_noheads")
    assert editing.read("replicator", spoken) == spoken.replicator
    with pytest.raises(BadInput, match="is empty"):
        editing.read("", spoken)


def test_other_files_are_refused(tmp_path: Path) -> None:
    from engine.systems.z80_soup import Z80Soup

    path = tmp_path / "z80.safetensors"
    checkpoint.save(Z80Soup(Spec("z80-soup", {"width": 8, "height": 8})), path, "world")
    with pytest.raises(BadInput, match="no soup but z80-soup"):
        _mix(path, 0.5)
    short = tmp_path / "short.dat"
    reference_file.write(short, np.zeros((8, 64), np.uint8), 7)
    short.write_bytes(short.read_bytes()[:-5])
    with pytest.raises(BadInput, match="truncated"):
        _mix(short, 0.5)
    with pytest.raises(BadInput, match="no such file"):
        _mix(tmp_path / "none.dat", 0.5)


def test_programs_of_another_length_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = ProgramSoup(Spec("soup", {"programs": 16}))
    arrays = world.get_arrays("world")
    arrays["programs"] = np.zeros((16, 32), np.uint8)
    monkeypatch.setattr(world, "get_arrays", lambda part: arrays if part == "world" else {})
    path = tmp_path / "odd.safetensors"
    checkpoint.save(world, path, "world")
    with pytest.raises(BadInput, match="programs of 32 bytes, not of 64"):
        _mix(path, 0.5)


def test_shares_of_bytes_in_every_program() -> None:
    programs = np.ones((4, 64), np.uint8)
    programs[1, :32] = 0
    programs[2] = 0
    which = np.arange(256) == 0
    assert shares(programs, which)[:, 0].tolist() == [0, 127, 255, 0]
    assert shares(programs, which, range(2, 3))[2, 0] == 255


def test_scores_and_densities_have_one_colour_for_each_program() -> None:
    soup = Soup(SPOKEN, 4, 1, zero=True)
    soup.soup[1] = ord("[")
    density = colour_soup("density", soup, None)
    assert density.keys[:, 0].tolist() == [0, 255, 0, 0]
    waiting = colour_soup("score", soup, None)
    assert not waiting.keys.any()
    assert waiting.legend.note == "Being computed"
    scored = WholeScore(12, np.array([0, 32, 64, 5], np.uint8))
    shown = colour_soup("score", soup, None, scored)
    assert shown.keys[:, 0].tolist() == [0, 127, 255, 19]
    assert shown.legend.note == "As of epoch 12"
