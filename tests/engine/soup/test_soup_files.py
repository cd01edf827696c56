"""The reference's checkpoint: one of its own goes on as it did there; broken ones are refused."""

import base64
import hashlib
import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from engine.core import files
from engine.core.errors import BadInput
from engine.soup import reference_file
from engine.soup.epoch import Soup
from engine.soup.language import language

GOLDEN = json.loads((Path(__file__).parents[2] / "data/soup/resume_64.json").read_text())
DATA = base64.b64decode(GOLDEN["checkpoint"])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "0000000008.dat"
    path.write_bytes(DATA)
    return path


def test_a_run_of_the_reference_goes_on(path):
    saved = reference_file.read(path)
    assert (saved.epoch, saved.resets, saved.soup.shape) == (9, 0, (64, 64))
    soup = Soup(language(GOLDEN["lang"]), 64, GOLDEN["seed"])
    soup.restore(saved.soup, saved.epoch, saved.resets)
    for row in GOLDEN["log"]:
        while soup.epoch < row["epoch"]:
            soup.step()
        assert hashlib.sha256(soup.soup.tobytes()).hexdigest() == row["sha256"]
        assert soup.ops == row["ops"]


def test_what_is_written_is_the_reference_s_file(path, tmp_path):
    saved = reference_file.read(path)
    other = tmp_path / "other.dat"
    reference_file.write(other, saved.soup, saved.epoch, saved.resets)
    assert other.read_bytes() == DATA


def header(reset=1, programs=64, epoch=9, tail=DATA[24:]):
    return struct.pack("<QQQ", reset, programs, epoch) + tail


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it has 0 bytes"),
        (DATA[:23], "it has 23 bytes"),
        (DATA[:-1], "is truncated: 64 programs take 4,120 bytes, it has 4,119"),
        (DATA + b"x", "is too long: 64 programs take 4,120 bytes, it has 4,121"),
        (header(programs=63), "it names 63 programs"),
        (header(programs=0, tail=b""), "it names 0 programs"),
        (header(programs=2**63), "it names 9,223,372,036,854,775,808 programs"),
        (header(epoch=2**63), "it names epoch 9,223,372,036,854,775,808"),
        (header(reset=0), "reset 0"),
        (header(reset=99), "reset 99"),
    ],
)
def test_broken_files_are_named(data, said, path):
    path.write_bytes(data)
    with pytest.raises(BadInput, match=re.escape(said)) as caught:
        reference_file.read(path)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_cannot_be_one_is_not_read(path, monkeypatch):
    """Only its header is: what is long may be anything."""
    with path.open("r+b") as file:
        file.truncate(2**36)
    monkeypatch.setattr(files, "read_regular", pytest.fail)
    with pytest.raises(BadInput, match="is too long: 64 programs take 4,120 bytes"):
        reference_file.read(path)


def test_a_file_that_grows_meanwhile_is_refused(path, monkeypatch):
    monkeypatch.setattr(files, "read_regular", lambda path, limit: DATA + b"x")
    with pytest.raises(BadInput, match="written to while it was read"):
        reference_file.read(path)


def test_what_is_no_file_is_named(path):
    with pytest.raises(BadInput, match="is a folder"):
        reference_file.read(path.parent)
    with pytest.raises(BadInput, match="no such file"):
        reference_file.read(path.parent / "missing.dat")
    with pytest.raises(BadInput, match="not a usable file name"):
        reference_file.read("a\0.dat")


def test_a_file_of_another_size_changes_nothing(path):
    soup = Soup(language("bff_noheads"), 128, 1)
    before = soup.soup.copy()
    with pytest.raises(BadInput, match="64 programs, this one 128"):
        soup.restore(reference_file.read(path).soup, 9)
    np.testing.assert_array_equal(soup.soup, before)
    assert soup.epoch == 0
