"""A session file is whole or refused, and what is broken names the member."""

from __future__ import annotations

import json
import random
import zipfile
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.session import pack as packing
from app.session.manifest import FORMAT, MANIFEST, KeptWorld, Manifest, from_json, plain, to_json
from app.session.pack import PackedWorld, Stored, pack
from app.session.unpack import peek, picture_of, unpack
from engine import openers
from engine.core import checkpoint
from engine.core.activity import null_activity
from engine.core.errors import BadInput, Cancelled, UserError

PICTURE = b"not looked at, only kept"


def world(seed: int = 3) -> PackedWorld:
    """A small Life that ran a little."""
    spec = openers.spec_of("life", width=64, height=64).with_(seed=seed)
    system = openers.build(spec)
    for _ in range(5):
        system.step()
    captured = checkpoint.capture(system, "world")
    kept = KeptWorld(
        slug="life",
        title=f"Life ü {seed}",
        step=5,
        seed=seed,
        playing=True,
        speed=30.0,
        page={"front": "world", "views": {"world": {"zoom": 2.5}}},
    )
    return PackedWorld(kept, captured, {"world/alive": np.array([[0.0, 1.0], [5.0, 4.5]])})


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[PackedWorld]]:
    path = tmp_path_factory.mktemp("sessions") / "weeks of work.primordia"
    worlds = [world(3), world(4)]
    look = Manifest(selected=1, workspace={"split": [0.5, 0.5]}, layout="QUJD", layout_version=2)
    pack(worlds, look, path, null_activity(), PICTURE)
    return path, worlds


def test_what_was_saved_comes_back(saved: tuple[Path, list[PackedWorld]]) -> None:
    path, worlds = saved
    session = unpack(path, null_activity())
    assert session.manifest.selected == 1
    assert session.manifest.workspace == {"split": [0.5, 0.5]}
    assert (session.manifest.layout, session.manifest.layout_version) == ("QUJD", 2)
    assert picture_of(path) == PICTURE
    assert session.manifest.saved
    for opened, given in zip(session.worlds, worlds, strict=True):
        assert opened.kept.page == given.kept.page
        assert (opened.kept.title, opened.kept.speed) == (given.kept.title, 30.0)
        assert np.array_equal(opened.series["world/alive"], given.series["world/alive"])
        again = openers.build(opened.spec, opened.state)
        for name, array in given.state.arrays.items():  # type: ignore[union-attr]
            if not name.startswith("meta/"):
                assert np.array_equal(again.state("world")[name], array), name


def test_a_world_that_did_not_change_is_copied(
    saved: tuple[Path, list[PackedWorld]], tmp_path: Path
) -> None:
    path, _ = saved
    kept = peek(path).worlds[0]
    state = Stored(path, kept.checkpoint, peek(path).members[kept.checkpoint], 10)
    again = tmp_path / "again.primordia"
    pack([PackedWorld(kept, state)], Manifest(), again, null_activity())
    assert unpack(again, null_activity()).worlds[0].state == (
        unpack(path, null_activity()).worlds[0].state
    )


def test_a_full_disk_keeps_the_old_file(
    saved: tuple[Path, list[PackedWorld]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.primordia"
    path.write_bytes(saved[0].read_bytes())
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(packing.shutil, "disk_usage", lambda _: usage(1, 1, 1000))
    with pytest.raises(UserError, match="0 MB are free"):
        pack(saved[1], Manifest(), path, null_activity())
    assert path.read_bytes() == saved[0].read_bytes()


def test_cancelling_keeps_the_old_file(
    saved: tuple[Path, list[PackedWorld]], tmp_path: Path
) -> None:
    path = tmp_path / "old.primordia"
    path.write_bytes(b"old")
    activity = null_activity()
    activity.cancel()
    with pytest.raises(Cancelled):
        pack(saved[1], Manifest(), path, activity)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["old.primordia"]


def rewritten(path: Path, goal: Path, change: Any, method: int = zipfile.ZIP_STORED) -> Path:
    """Copy an archive, each member through `change(name, data)`; None leaves it out."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(goal, "w", method) as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return goal


def edited(data: bytes, **changes: Any) -> bytes:
    return json.dumps({**json.loads(data), **changes}).encode()


def _contents(**changes: Any) -> Any:
    return lambda name, data: edited(data, **changes) if name == MANIFEST else data


TAMPERED: dict[str, Any] = {
    "no table of contents": lambda name, data: None if name == MANIFEST else data,
    "a state is missing": lambda name, data: None if name == "worlds/1.safetensors" else data,
    "a state is cut": lambda name, data: data[:-9] if name == "worlds/2.safetensors" else data,
    "other states": lambda name, data: data[::-1] if name == "worlds/1.safetensors" else data,
    "other plots": lambda name, data: data + b"x" if "series" in name else data,
    "another picture": lambda name, data: b"x" if name.endswith("png") else data,
    "no json": lambda name, data: b"{" if name == MANIFEST else data,
    "deep json": lambda name, data: b"[" * 100_000 if name == MANIFEST else data,
    "a list": lambda name, data: b"[]" if name == MANIFEST else data,
    "of tomorrow": _contents(format=FORMAT + 1),
    "no format": _contents(format="1"),
    "no worlds": _contents(worlds=7),
    "a world is none": _contents(worlds=[3, 4]),
    "a path outside": _contents(worlds=[{"slug": "life", "checkpoint": "../../etc/passwd"}]),
    "no hashes": _contents(members={}),
    "hashes are none": _contents(members={"worlds/1.safetensors": "abc"}),
    "too many": _contents(worlds=[{}] * 1000),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_what_was_tampered_with_is_refused(
    saved: tuple[Path, list[PackedWorld]], tmp_path: Path, kind: str
) -> None:
    broken = rewritten(saved[0], tmp_path / "broken.primordia", TAMPERED[kind])
    with pytest.raises(BadInput) as caught:
        unpack(broken, null_activity())
    assert caught.value.path == broken


def test_only_our_own_kind_of_archive_is_read(
    saved: tuple[Path, list[PackedWorld]], tmp_path: Path
) -> None:
    same = lambda name, data: data  # noqa: E731
    goal = tmp_path / "a.primordia"
    squeezed = rewritten(saved[0], goal, same, zipfile.ZIP_DEFLATED)  # could be a bomb
    with pytest.raises(BadInput, match="not as we write sessions"):
        unpack(squeezed, null_activity())
    more = rewritten(saved[0], goal, same)
    with zipfile.ZipFile(more, "a") as archive:
        archive.writestr("../outside.txt", b"x")
    with pytest.raises(BadInput, match="not as we write sessions"):
        unpack(more, null_activity())
    with pytest.raises(BadInput, match="folder"):
        unpack(tmp_path, null_activity())
    with pytest.raises(BadInput, match="no such file"):
        unpack(tmp_path / "none", null_activity())


def test_garbled_archives_never_raise_anything_else(
    saved: tuple[Path, list[PackedWorld]], tmp_path: Path
) -> None:
    whole, dice = saved[0].read_bytes(), random.Random(5)
    path = tmp_path / "garbled.primordia"
    refused = 0
    for number in range(60):
        data = bytearray(whole)
        if number % 3 == 0:
            data = data[: dice.randrange(len(data))]
        elif number % 3 == 1:
            for _ in range(20):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        else:
            tail = len(data) - dice.randrange(min(900, len(data)))
            data[tail : tail + 8] = dice.randbytes(8)
        path.write_bytes(data)
        try:
            unpack(path, null_activity())
        except BadInput:
            refused += 1
    assert refused > 50  # the rest hit bytes that nobody reads


def test_the_forgiving_half_of_a_manifest() -> None:
    member = "worlds/1.safetensors"
    one = {"slug": "life", "checkpoint": member, "speed": "fast", "page": 3, "new": 1}
    text = json.dumps({"format": 1, "worlds": [one], "members": {member: "0" * 64}})
    manifest = from_json(text.encode())
    assert manifest.worlds[0] == KeptWorld(slug="life", checkpoint=member)
    assert manifest.selected == -1
    assert from_json(edited(text.encode(), selected=9)).selected == 0
    assert from_json(to_json(manifest)) == manifest


def test_plain_keeps_what_json_can_hold() -> None:
    odd = {1: np.float32(0.5), "b": float("nan"), "c": (1, {2}), "d": object(), "e": b"x"}
    assert plain(odd) == {"1": 0.5, "b": None, "c": [1, [2]], "d": None, "e": None}
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    json.dumps(plain(deep))
