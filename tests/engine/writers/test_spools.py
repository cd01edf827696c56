"""Frames on their way to a GIF or WebP, and parts that somebody else wrote."""

import json
import struct
import tracemalloc
import zlib

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.media.spool import Spool, restore
from engine.media.writers import open_writer


def test_a_spool_that_breaks_off_is_good_up_to_there(films, tmp_path):
    writer = open_writer(tmp_path / "film.gif", 10, (48, 48))
    for frame in films.film(9):
        writer.write(frame)
    writer.leave()
    data = writer.part.read_bytes()
    writer.part.write_bytes(data[:-5])
    frames = list(Spool(writer.part))
    assert len(frames) == 8
    np.testing.assert_array_equal(frames[7], films.film(9)[7])
    (tmp_path / "film.gif").write_bytes(b"old")
    assert restore(writer.part).name == "film-2.gif"
    assert (tmp_path / "film.gif").read_bytes() == b"old"


@pytest.mark.parametrize("data", [b"", b"primordia frames 1\n", b"primordia frames 1\n{}\n"])
def test_what_is_no_spool_is_refused(tmp_path, data):
    part = tmp_path / "film.part.frames"
    part.write_bytes(data)
    with pytest.raises(BadInput, match="no frames"):
        restore(part)


HEAD = {"ending": ".gif", "rate": "10", "size": [8, 8], "channels": 3, "transparent": False}


def a_part(tmp_path, change, frame=b""):
    part = tmp_path / "film.part.frames"
    head = json.dumps(HEAD | change).encode()
    part.write_bytes(b"primordia frames 1\n" + head + b"\n" + frame)
    return part


@pytest.mark.parametrize(
    "change",
    [
        {"ending": "/../../x.gif"},
        {"ending": ".exe"},
        {"ending": None},
        {"rate": "1e999"},
        {"rate": "1/0"},
        {"rate": float("inf")},
        {"size": [8.5, 8]},
        {"size": [2**20, 2**20]},
        {"size": 8},
        {"channels": 3.0},
    ],
)
def test_a_part_that_somebody_wrote_is_refused(tmp_path, change):
    with pytest.raises(BadInput, match="holds no frames"):
        restore(a_part(tmp_path, change))


def test_a_part_that_is_no_file_is_refused(tmp_path):
    for place in (tmp_path, tmp_path / "none.part.frames"):
        with pytest.raises(BadInput):
            Spool(place)


def test_no_frame_takes_more_memory_than_a_frame(tmp_path):
    packed = zlib.compress(bytes(2**26))
    bomb = a_part(tmp_path, {"size": [300, 300]}, struct.pack("<I", len(packed)) + packed)
    tracemalloc.start()
    try:
        assert list(Spool(bomb)) == []
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()
    long = a_part(tmp_path, {}, struct.pack("<I", 2**32 - 1) + b"x")
    assert list(Spool(long)) == []
