"""Files that cannot be used: one sentence with the name and the remedy, and nothing has changed."""

from __future__ import annotations

import errno
import json
import os
import pickle
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load, save

Make = Callable[[Path], None]


def png_of_size(width: int, height: int) -> bytes:
    """Return a PNG whose header announces a size and whose data are a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def write_picture(path: Path, size: tuple[int, int] = (24, 24), mode: str = "RGB") -> None:
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    Image.fromarray(noise).convert(mode).save(path)


def write_cut(path: Path) -> None:
    write_picture(path)
    path.write_bytes(path.read_bytes()[:200])


def write_jpeg_as_png(path: Path) -> None:
    write_picture(path.with_suffix(".jpg"))
    path.with_suffix(".jpg").rename(path)


def write_animation(path: Path) -> None:
    write_picture(path.with_suffix(".png"))
    with Image.open(path.with_suffix(".png")) as first:
        first.save(path, save_all=True, append_images=[first.rotate(90)], duration=50)


def write_clear(path: Path) -> None:
    Image.new("RGBA", (24, 24), (255, 0, 0, 0)).save(path)


SVG = (
    '<?xml version="1.0"?><!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    '<svg xmlns="http://www.w3.org/2000/svg"><text>&e;</text></svg>'
)

BAD_FILES: dict[str, Make] = {
    "broken.png": lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + b"nonsense" * 20),
    "cut.png": write_cut,
    "empty.png": lambda p: p.write_bytes(b""),
    "bomb.png": lambda p: p.write_bytes(png_of_size(60000, 60000)),
    "no picture.png": lambda p: p.write_text("this is text"),
    "jpeg inside.png": write_jpeg_as_png,
    "clear.png": write_clear,
    "1x1.png": lambda p: write_picture(p, (1, 1)),
    "entities.png": lambda p: p.write_text(SVG),
    "all red.png": lambda p: Image.new("RGB", (24, 24), "red").save(p),
    "bunny.obj": lambda p: p.write_text("v 0 0 0"),
}

REFUSED: dict[str, Make] = {
    "entities.svg": lambda p: p.write_text(SVG),
    "folder": lambda p: p.mkdir(),
    "notes.txt": lambda p: p.write_text("hello"),
}

ODD_PICTURES: dict[str, Make] = {
    "palette.png": lambda p: write_picture(p, mode="P"),
    "grey.png": lambda p: write_picture(p, mode="L"),
    "cmyk.jpg": lambda p: write_picture(p, mode="CMYK"),
    "sixteen.png": lambda p: Image.fromarray(
        np.linspace(0, 65535, 24 * 24).astype(np.uint16).reshape(24, 24)
    ).save(p),
    "wide.png": lambda p: write_picture(p, (4000, 1)),
    "animated.gif": write_animation,
}


@pytest.fixture(scope="module")
def good_model() -> bytes:
    """A checkpoint of a Growing NCA."""
    from engine.core import checkpoint, registry
    from engine.core.spec import Spec

    system = registry.system_class("growing-nca")(Spec("growing-nca"))
    return checkpoint.dump(system, "model")


def changed(data: bytes, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> bytes:
    """Return a checkpoint with its arrays or metadata changed."""
    arrays = load(data)
    size = int.from_bytes(data[:8], "little")
    meta = json.loads(data[8 : 8 + size])["__metadata__"]
    inner = json.loads(meta["primordia"])
    change(arrays, inner)
    return save(arrays, {**meta, "primordia": json.dumps(inner)})


def wrong_shape(arrays: dict[str, Any], meta: dict[str, Any]) -> None:
    name = next(n for n in arrays if n.startswith("model/") and arrays[n].ndim == 2)
    arrays[name] = np.zeros((3, 5), np.float32)


def with_nan(arrays: dict[str, Any], meta: dict[str, Any]) -> None:
    next(a for n, a in arrays.items() if n.startswith("model/") and a.dtype.kind == "f").flat[0] = (
        np.nan
    )


BAD_MODELS: dict[str, Callable[[bytes], bytes]] = {
    "shapes": lambda data: changed(data, wrong_shape),
    "nan": lambda data: changed(data, with_nan),
    "system": lambda data: changed(data, lambda a, m: m.update(slug="nobody-knows")),
    "version": lambda data: changed(data, lambda a, m: m.update(schema=999)),
    "missing": lambda data: changed(
        data, lambda a, m: a.pop(min(n for n in a if n.startswith("model/")))
    ),
    "cut": lambda data: data[: len(data) // 2],
    "lying header": lambda data: (2**40).to_bytes(8, "little") + data[8:],
    "pickle": lambda data: pickle.dumps({"a": 1}),
    "empty": lambda data: b"",
    "foreign": lambda data: save({"a": np.zeros(3, np.float32)}),
}


@pytest.fixture(scope="module")
def one_window(new_desk: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One window for all files: what is refused changes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        yield from new_desk(tmp_path_factory.mktemp("window"), patch)


@pytest.fixture
def living(one_window: Any) -> Any:
    """The window with a Growing NCA that runs, and no words."""
    desk = one_window
    if desk.world is None or desk.world.slug != "growing-nca":
        desk.run("world.open", "growing-nca")
    desk.alive()
    for message in desk.window.toasts.messages():
        message.close_now()
    if not desk.state.playing:
        desk.run("transport.play")
    return desk


def refused(desk: Any, name: str, do: Callable[[], object]) -> str:
    """Do something that must be refused in one sentence, with nothing changed; return the words."""
    worlds, world = list(desk.lab.worlds), desk.world
    spec = world.state.spec if world is not None else None
    recent = list(desk.window.settings.recent)
    do()
    desk.until(lambda: desk.toasts(), f"a word about {name}")
    desk.quiet(0.05)
    toast = desk.window.toasts.messages()[-1]
    assert len(desk.toasts()) == 1
    assert toast.role == "danger"
    assert name in toast.text
    assert "\n" not in toast.text
    assert "Traceback" not in toast._details, toast.text
    assert toast.text.count(". ") >= 1, f"no remedy: {toast.text}"
    assert desk.lab.worlds == worlds
    assert desk.world is world
    assert not desk.dialogs()
    assert desk.window.settings.recent == recent
    if world is not None:
        assert world.state.alive
        assert world.state.spec.target == spec.target
        assert world.state.spec.model == spec.model
        step = world.state.step
        desk.until(lambda: world.state.step > step, "the world goes on")
    return str(toast.text)


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_used_is_refused(living: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    BAD_FILES[name](path)
    refused(living, name, lambda: living.drop(path))


@pytest.mark.parametrize("name", ["cut.png", "bomb.png", "empty.png"])
def test_nor_by_the_empty_window(desk: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    BAD_FILES[name](path)
    refused(desk, name, lambda: desk.drop(path))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_before_it_is_let_go(
    living: Any, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    REFUSED[name](path)
    words, welcome = living.hover(path)
    assert not welcome
    assert name in words
    living.drop(path)
    assert not living.toasts()
    refused(living, name, lambda: living.run("file.open", str(path)))


def test_several_files_and_web_addresses_are_refused(living: Any, tmp_path: Path) -> None:
    from PySide6.QtCore import QMimeData, QUrl

    for name in ("a.png", "b.png"):
        write_picture(tmp_path / name)
    words, welcome = living.hover(tmp_path / "a.png", tmp_path / "b.png")
    assert not welcome
    assert "one file" in words
    living.leave()
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.png")])
    words, welcome = living.hover(data=data)
    assert not welcome
    living.leave()


@pytest.mark.parametrize("name", ODD_PICTURES)
def test_odd_pictures_are_used(living: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    ODD_PICTURES[name](path)
    living.drop(path)
    living.until(lambda: living.toasts(), "words")
    if name == "wide.png":
        assert living.window.toasts.messages()[0].role in ("info", "danger")
        return
    living.until(lambda: living.state.spec.target.name == name, "the target")
    step = living.state.step
    living.until(lambda: living.state.step != step and living.state.alive, "steps")


@pytest.mark.parametrize("kind", BAD_MODELS)
def test_a_model_that_cannot_be_used_is_refused(
    living: Any, tmp_path: Path, good_model: bytes, kind: str
) -> None:
    path = tmp_path / f"bad {kind}.safetensors"
    path.write_bytes(BAD_MODELS[kind](good_model))
    refused(living, path.name, lambda: living.drop(path))


@pytest.mark.parametrize("kind", ["shapes", "pickle"])
def test_nor_is_it_by_the_empty_window(
    desk: Any, tmp_path: Path, good_model: bytes, kind: str
) -> None:
    path = tmp_path / f"bad {kind}.safetensors"
    path.write_bytes(BAD_MODELS[kind](good_model))
    refused(desk, path.name, lambda: desk.drop(path))


class Bang:
    """What a hostile pickle would do."""

    def __reduce__(self) -> Any:
        return (os.mkdir, ("/nonexistent/never made",))


@pytest.mark.parametrize("name", ["bang.safetensors", "bang.pt", "bang.json", "bang.png"])
def test_pickles_in_disguise_are_not_run(
    living: Any, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Bang()))
    made: list[Any] = []
    monkeypatch.setattr(os, "mkdir", lambda *args, **more: made.append(args))
    refused(living, name, lambda: living.run("file.open", str(path)))
    assert not made


def test_a_missing_file(living: Any, tmp_path: Path) -> None:
    for name in ("gone.png", "gone.safetensors"):
        living.window.toasts.messages() and living.window.toasts.messages()[0].close_now()
        refused(living, name, lambda n=name: living.run("file.open", str(tmp_path / n)))


def test_a_file_that_may_not_be_read(
    living: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret.png"
    write_picture(path)
    real = os.open

    def denied(name: Any, *args: Any, **more: Any) -> int:
        if str(name) == str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(name, *args, **more)

    path.chmod(0)
    if os.access(path, os.R_OK):  # the superuser reads everything
        monkeypatch.setattr(os, "open", denied)
    refused(living, "secret.png", lambda: living.drop(path))


# Writing.


def full_disk(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let every write under a folder fail as on a full disk."""
    real = os.fsync

    def fail(handle: Any) -> None:
        number = handle if isinstance(handle, int) else handle.fileno()
        if str(folder) in str(Path(f"/proc/self/fd/{number}").readlink()):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fail)


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("file.save-model", "model.safetensors"),
        ("file.save-world", "world.safetensors"),
        ("file.save-training", "training.safetensors"),
        ("file.screenshot", "picture.png"),
    ],
)
def test_saving_on_a_full_disk_keeps_the_old_file(
    living: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, name: str
) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / name).write_bytes(b"the old one")
    full_disk(monkeypatch, folder)
    words = refused(living, name, lambda: living.run(action, str(folder / name)))
    assert "the disk is full" in words
    assert (folder / name).read_bytes() == b"the old one"
    assert [p.name for p in folder.iterdir()] == [name]


@pytest.mark.parametrize("name", ["film.mp4", "film.gif", "frames"])
def test_recording_on_a_full_disk_stops_and_says_so(
    living: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    full_disk(monkeypatch, folder)
    living.run("record.start", f"{folder / name} 6")
    words = living.until(living.toasts, "a word")[0]
    assert "the disk is full" in words
    assert name in words
    living.until(lambda: living.state.recording is None, "no recording")
    assert not any(w.startswith("Recorded") for w in living.toasts())
    step = living.state.step
    living.until(lambda: living.state.step > step, "the world goes on")
    assert not living.dialogs()


def test_saving_into_a_folder_that_is_not_there(living: Any, tmp_path: Path) -> None:
    path = tmp_path / "no such" / "m.safetensors"
    refused(living, "m.safetensors", lambda: living.run("file.save-model", str(path)))
    living.window.toasts.messages()[0].close_now()
    refused(living, "f.gif", lambda: living.run("record.start", str(tmp_path / "no such/f.gif")))
    living.window.toasts.messages()[0].close_now()
    refused(living, "p.png", lambda: living.run("file.screenshot", str(tmp_path / "no such/p.png")))


def test_a_kind_of_film_that_does_not_exist(living: Any, tmp_path: Path) -> None:
    refused(living, "f.avi", lambda: living.run("record.start", str(tmp_path / "f.avi")))
    living.window.toasts.messages()[0].close_now()
    refused(living, "f.xyz", lambda: living.run("file.screenshot", str(tmp_path / "f.xyz")))


def test_a_device_that_is_not_there(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    desk.lab.device = "cuda"
    desk.run("world.open", "growing-nca")
    assert "no CUDA device" in desk.until(desk.toasts, "a word")[0]
    # A system that needs none lives all the same.
    desk.run("world.open", "life")
    desk.alive()


def test_a_device_that_is_full(living: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = living.world
    from engine.systems.growing_nca import GrowingNca

    def full(self: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(GrowingNca, "build", full)
    row = living.row("width")
    world.set_param("width", int(row.field.high))
    assert world.pending
    living.run("params.apply")
    living.until(lambda: living.toasts(), "a word")
    assert "ran out of memory" in living.toasts()[0]
    assert "smaller" in living.toasts()[0]
    assert world.state.alive
    step = world.state.step
    living.until(lambda: world.state.step > step, "the old world goes on")
