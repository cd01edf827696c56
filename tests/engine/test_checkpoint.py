"""Checkpoints: what was saved comes back to the bit, and nothing else is believed."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as encode

from engine.core import checkpoint
from engine.core import commands as c
from engine.core.errors import BadInput, UserError
from engine.core.spec import Asset, Spec
from engine.core.system import no_poll

GOOD_META = {
    "schema": 1,
    "scope": "model",
    "slug": "toy",
    "params": {},
    "step": 0,
    "seed": 1,
    "versions": {},
}


def packed(meta: Any = GOOD_META, **arrays: Any) -> bytes:
    text = meta if isinstance(meta, str) else json.dumps(meta)
    return encode(arrays or {"model/w": np.ones(3, np.float32)}, {"primordia": text})


def raw(header: Any, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def trained(toys: Any) -> Any:
    picture = np.arange(5 * 6 * 4, dtype=np.uint8).reshape(5, 6, 4)
    world = toys.Learner(Spec("learner", {"rate": 0.3}, seed=9, target=Asset("a.png", picture)))
    for _ in range(4):
        world.step()
        world.train_step(no_poll)
    return world


def test_what_was_captured_goes_on_no_more(toys: Any) -> None:
    world = trained(toys)
    captured = checkpoint.capture(world, "training")
    before = world.state("training")
    for _ in range(3):
        world.step()
        world.train_step(no_poll)
    loaded = checkpoint.parse(captured.encode(), "captured")
    assert (captured.step, captured.seed, captured.slug) == (4, 9, "learner")
    assert loaded.step == 4
    assert set(loaded.arrays) == set(before)
    for name, array in before.items():
        assert np.array_equal(loaded.arrays[name], array)
    assert captured.nbytes <= len(captured.encode())


@pytest.mark.parametrize("scope", ["model", "world", "training"])
def test_round_trip_keeps_every_bit(toys: Any, scope: Any, tmp_path: Path) -> None:
    world = trained(toys)
    path = tmp_path / "a b ü.safetensors"
    checkpoint.save(world, path, scope)
    loaded = checkpoint.read(path)
    assert (loaded.slug, loaded.scope, loaded.seed) == ("learner", scope, 9)
    assert loaded.step == (0 if scope == "model" else 4)
    assert loaded.params == {"rate": 0.3, "size": 8}
    state = world.state(scope)
    assert loaded.arrays.keys() == state.keys()
    for name, array in state.items():
        np.testing.assert_array_equal(loaded.arrays[name], array)
        assert loaded.arrays[name].dtype == array.dtype
        assert loaded.arrays[name].flags.writeable
    assert loaded.target == world.spec.target
    assert loaded.target.name == "a.png"
    assert loaded.thumbnail.shape == (8, 8, 3)
    assert loaded.meta["versions"]["numpy"] == np.__version__


def test_opaque_targets_come_back_whole_from_fewer_bytes(toys: Any) -> None:
    picture = np.full((64, 64, 4), 255, np.uint8)
    picture[..., 1] = np.arange(64)
    opaque = toys.Drift(Spec("drift", target=Asset("o", picture.copy())))
    picture[0, 0, 3] = 254
    clear = toys.Drift(Spec("drift", target=Asset("o", picture)))
    sizes = []
    for world in (opaque, clear):
        data = checkpoint.dump(world, "model")
        assert checkpoint.parse(data, "x").target == world.spec.target
        sizes.append(len(data))
    assert sizes[1] - sizes[0] > 4000


def test_materials_are_kept_as_targets(toys: Any) -> None:
    maps = np.arange(6 * 5 * 10, dtype=np.uint8).reshape(6, 5, 10)
    world = toys.Drift(Spec("drift", target=Asset("bricks", maps)))
    found = checkpoint.parse(checkpoint.dump(world, "model"), "x").target
    assert found == world.spec.target
    assert found.name == "bricks"


@pytest.mark.parametrize("scope", ["model", "world", "training"])
def test_a_world_keeps_its_mesh_and_a_model_needs_none(toys: Any, scope: Any) -> None:
    mesh = Asset("cow.obj", bytes(range(200)))
    data = checkpoint.dump(toys.Learner(Spec("learner", mesh=mesh)), scope)
    loaded = checkpoint.parse(data, "x")
    expected = None if scope == "model" else mesh
    assert loaded.mesh == expected
    assert checkpoint.spec_of(loaded, "x", data).mesh == expected
    if expected is not None:
        assert loaded.mesh.name == "cow.obj"
        assert "meta/mesh" not in loaded.arrays


@pytest.mark.parametrize(("scope", "side"), [("model", 64), ("world", 100)])
def test_thumbnails_are_small(toys: Any, scope: Any, side: int) -> None:
    data = checkpoint.dump(toys.Drift(Spec("drift", {"size": 200})), scope)
    thumbnail = checkpoint.parse(data, "x").thumbnail
    assert thumbnail is not None
    assert max(thumbnail.shape[:2]) <= side
    assert thumbnail.std() > 5


def test_restored_worlds_step_and_train_as_if_never_stopped(toys: Any) -> None:
    world = trained(toys)
    data = checkpoint.dump(world, "training")
    spec = checkpoint.spec_of(checkpoint.parse(data, "x"), "x", data)
    other = toys.Learner(spec)
    other.load_state(checkpoint.parse(data, "x").arrays, "training")
    for each in (world, other):
        for _ in range(5):
            each.step()
            each.train_step(no_poll)
    for name, array in world.state("training").items():
        np.testing.assert_array_equal(array, other.state("training")[name], err_msg=name)
    assert spec.target == world.spec.target


def test_equal_states_give_equal_bytes_but_for_the_date(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Noon(checkpoint.datetime):  # type: ignore[misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls(2030, 1, 2, 12, tzinfo=tz)

    monkeypatch.setattr(checkpoint, "datetime", Noon)
    world = trained(toys)
    assert checkpoint.dump(world, "training") == checkpoint.dump(world, "training")


def test_a_saved_file_replaces_the_old_one_only_when_whole(
    toys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.safetensors"
    path.write_bytes(b"old")
    lab = toys.open()
    full = OSError(28, "No space left on device")
    monkeypatch.setattr("engine.core.files.os.fsync", lambda handle: (_ for _ in ()).throw(full))
    error = lab.ask(c.Save(path)).error
    assert isinstance(error, UserError)
    assert "disk is full" in str(error)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    assert lab.ear.failures == []


def test_save_load_continue_through_the_runner(toys: Any, tmp_path: Path) -> None:
    lab = toys.open(toys.Learner)
    path = tmp_path / "world.safetensors"
    lab.do(c.Step(50))
    lab.do(c.SetParam("rate", 0.7))
    lab.do(c.Save(path))
    lab.do(c.SetParam("rate", 0.1))
    lab.do(c.Reset(77))
    lab.do(c.Step(9))
    other = toys.open(toys.Learner)
    for each in (lab, other):
        each.do(c.Load(Asset(path.name, path.read_bytes())))
        assert each.runner.state.step == 50
        assert each.runner.state.spec.params["rate"] == 0.7
        assert each.runner.state.seed == 5
        each.do(c.Step(50))
    for name, array in lab.world.state("world").items():
        np.testing.assert_array_equal(array, other.world.state("world")[name], err_msg=name)


def test_what_does_not_fit_is_refused_and_changes_nothing(toys: Any) -> None:
    lab = toys.open(toys.Learner, size=8)
    large = checkpoint.dump(toys.Learner(Spec("learner", {"size": 9})), "world")
    lab.do(c.Step(3))
    before = lab.world.state("training")
    error = lab.ask(c.Load(Asset("large.safetensors", large))).error
    assert isinstance(error, BadInput)
    assert "world/field" in str(error)
    drift = checkpoint.dump(toys.Drift(Spec("drift")), "world")
    assert "drift" in str(lab.ask(c.Load(Asset("d", drift))).error)
    for name, array in lab.world.state("training").items():
        np.testing.assert_array_equal(array, before[name])
    assert lab.ear.failures == []


def test_a_model_builds_a_world_with_its_weights(toys: Any) -> None:
    world = trained(toys)
    data = checkpoint.dump(world, "model")
    other = toys.Learner(Spec("learner", model=Asset("m", data)))
    np.testing.assert_array_equal(other.weight, world.weight)
    with pytest.raises(BadInput, match="not of drift"):
        toys.Drift(Spec("drift", model=Asset("m", data)))


def entry(dtype: str = "F32", shape: Any = (3,), offsets: Any = (0, 12)) -> dict[str, Any]:
    return {
        "__metadata__": {"primordia": json.dumps(GOOD_META)},
        "model/w": {"dtype": dtype, "shape": shape, "data_offsets": offsets},
    }


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "short": (b"abc", "not a checkpoint"),
    "text": (b"hello there, how are you?", "not a checkpoint"),
    "pickle": (pickle.dumps([1, 2, 3]), "a pickle"),
    "zip": (b"PK\x03\x04 and so on", "zip archive"),
    "long header": ((2**40).to_bytes(8, "little") + b"{}", "promises more than the file holds"),
    "cut header": (raw(entry(), bytes(12))[:40], "promises more"),
    "cut body": (raw(entry(), bytes(12))[:-1], "cut off or lies"),
    "broken header": (raw(b"{abc"), "broken header"),
    "deep header": (raw(b"{" * 5 + b'"a":' + b"[" * 100_000), "broken header"),
    "names twice": (raw(b'{"a":1,"a":2}'), "broken header"),
    "foreign": (encode({"w": np.ones(2, np.float32)}), "not one of Primordia"),
    "bomb": (raw(entry(shape=(2**15, 2**15)), bytes(12)), "lies about the size"),
    "vast": (raw(entry(shape=(0, 2**70), offsets=(0, 0))), "describes"),
    "vast zero": (raw(entry(shape=(0, *[2**30] * 7), offsets=(0, 0))), "describes"),
    "many dimensions": (raw(entry(shape=[1] * 40, offsets=(0, 4)), bytes(4)), "a type that"),
    "overlap": (
        raw({**entry(), "model/v": entry()["model/w"]}, bytes(12)),
        "overlap or leave gaps",
    ),
    "negative": (raw(entry(shape=(-3,)), bytes(12)), "describes"),
    "no numbers": (raw(entry(shape=("3",)), bytes(12)), "describes"),
    "true": (raw(entry(shape=(True,)), bytes(12)), "describes"),
    "no shape": (raw(entry(shape=None), bytes(12)), "describes"),
    "backwards": (raw(entry(offsets=(12, 0)), bytes(12)), "lies about the size"),
    "trailing": (raw(entry(), bytes(13)), "belong to nothing"),
    "gap": (raw(entry(offsets=(4, 16)), bytes(16)), "overlap or leave gaps"),
    "bf16": (raw(entry(dtype="BF16", offsets=(0, 6)), bytes(6)), "a type that worlds do not use"),
    "list type": (raw(entry(dtype=["F32"]), bytes(12)), "a type that"),  # type: ignore[arg-type]
    "metadata text": (packed("nonsense"), "broken metadata"),
    "metadata list": (packed([1]), "broken metadata"),
    "no schema": (packed({}), "schema"),
    "newer": (packed({**GOOD_META, "schema": 2}), "newer Primordia"),
    "never": (packed({**GOOD_META, "schema": 0}), "never existed"),
    "scope": (packed({**GOOD_META, "scope": "all"}), "scope"),
    "scope list": (packed({**GOOD_META, "scope": ["model"]}), "scope"),
    "slug": (packed({**GOOD_META, "slug": 3}), "names no system"),
    "params": (packed({**GOOD_META, "params": [1]}), "parameters"),
    "seed": (packed({**GOOD_META, "seed": -1}), "seed"),
    "step": (packed({**GOOD_META, "step": "1"}), "step"),
    "target": (packed({**GOOD_META, "target": 1}), "target"),
    "nan": (packed(**{"model/w": np.array([1, np.nan], np.float32)}), "not finite"),
    "infinite": (packed(**{"model/w": np.array([np.inf], np.float64)}), "not finite"),
    "thumbnail": (packed(**{"meta/thumbnail": np.zeros((2, 2), np.uint8)}), "thumbnail"),
    "target picture": (packed(**{"meta/target": np.zeros((2, 2, 3), np.int8)}), "target"),
    "target depth": (packed(**{"meta/target": np.zeros((2, 2, 9), np.uint8)}), "target"),
    "mesh name": (packed({**GOOD_META, "mesh": ["m"]}), "a mesh without a name"),
    "mesh numbers": (packed(**{"meta/mesh": np.zeros(9, np.float32)}), "not the bytes of one"),
    "mesh picture": (packed(**{"meta/mesh": np.zeros((2, 2), np.uint8)}), "not the bytes of one"),
    "mesh empty": (packed(**{"meta/mesh": np.zeros(0, np.uint8)}), "not the bytes of one"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused_by_name(name: str, tmp_path: Path) -> None:
    data, text = BROKEN[name]
    path = tmp_path / "broken.safetensors"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=text) as caught:
        checkpoint.read(path)
    assert "broken.safetensors" in str(caught.value)
    assert caught.value.remedy
    assert caught.value.__cause__ is None


def test_the_template_of_the_broken_files_is_sound() -> None:
    assert checkpoint.parse(raw(entry(), bytes(12)), "x").arrays["model/w"].shape == (3,)
    assert checkpoint.parse(packed(), "x").slug == "toy"


def test_a_torch_archive_is_named_as_one(tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
    with pytest.raises(BadInput, match="pickles") as caught:
        checkpoint.read(path)
    assert "safetensors" in caught.value.remedy


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        checkpoint.read(tmp_path / "none.safetensors")
    with pytest.raises(BadInput, match="folder"):
        checkpoint.read(tmp_path)


def test_unknown_systems_are_refused_by_the_registry() -> None:
    from engine.core import registry

    with pytest.raises(BadInput, match="toy"):
        registry.system_class(checkpoint.parse(packed(), "x").slug)


def test_arrays_that_lie_backwards_in_memory_are_saved_as_they_look(toys: Any) -> None:
    world = toys.Learner(Spec("learner"))
    world.weight = np.arange(6, dtype=np.float32)[::-2]
    loaded = checkpoint.parse(checkpoint.dump(world, "model"), "x")
    np.testing.assert_array_equal(loaded.arrays["model/weight"], [5, 3, 1])


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_damaged_files_are_refused_or_read_but_never_fall_over(data: Any) -> None:
    whole = bytearray(packed(**{"model/w": np.ones((2, 2), np.float32)}))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    for damaged in (bytes(whole), bytes(whole[:cut])):
        message = "damaged: "
        try:
            checkpoint.parse(damaged, "damaged")
        except BadInput as error:
            message = str(error)
        assert message.startswith("damaged: ")
