"""Pickles are refused by name or first bytes; safetensors whose length looks like one are not."""

import json

import pytest

from engine.core import checkpoint
from engine.core.errors import BadInput, about
from engine.core.pickles import refuse_pickles

LENGTHS = [0x0280, 0x4B50]  # their first two bytes begin a pickle, and a zip archive


@pytest.mark.parametrize("length", LENGTHS)
def test_a_header_whose_length_looks_like_a_pickle_is_read(tmp_path, length):
    meta = {"schema": 1, "scope": "model", "slug": "life", "params": {}, "step": 0, "seed": 0}
    table = {"__metadata__": {"primordia": json.dumps(meta)}}
    header = json.dumps(table).encode().ljust(length)
    whole = length.to_bytes(8, "little") + header
    assert checkpoint.parse(whole, "x").slug == "life"
    path = tmp_path / "x.safetensors"
    path.write_bytes(whole)
    refuse_pickles(path)


@pytest.mark.parametrize("name", ["p.pth", "p.pkl", "p.safetensors"])
def test_pickles_are_refused_with_the_lines_that_convert_them(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"\x80\x04\x95\x0a\0\0\0\0\0\0\0.")
    with pytest.raises(BadInput, match=r"torch\.load") as caught:
        refuse_pickles(path)
    assert caught.value.path == path
    with pytest.raises(BadInput, match=r"torch\.load"):
        checkpoint.read(path)


def test_a_file_is_named_where_none_was(tmp_path):
    bare = BadInput("is odd", remedy="Do this")
    assert about(bare, tmp_path).path == tmp_path
    assert about(bare, tmp_path).remedy == "Do this"
    assert about(bare, None) is bare
    named = BadInput("is odd", path="a")
    assert about(named, tmp_path) is named
    assert about(error := ValueError("x"), tmp_path) is error
