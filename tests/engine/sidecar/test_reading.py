"""A sidecar is read as it was written, and a broken one is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import openers
from engine.core import commands as c
from engine.core.errors import BadInput
from engine.core.sidecar import Drawing, from_json, to_json
from engine.core.sidecar_files import read
from engine.core.views import ViewRequest
from engine.media.saving import save_picture


def test_a_sidecar_is_read_as_it_was_written(sidecars: Any, worlds: Any, tmp_path: Path) -> None:
    world = worlds(sidecars.gray_scott())
    sidecars.painted(world)
    request = ViewRequest(channels=(1,), limits=(0.0, 0.4), region=(1, 2, 30, 40))
    sidecar = world.shoot(tmp_path / "gs.png", Drawing((300, 200), (1, 2, 3)), request=request)
    text = sidecar.read_text()
    assert to_json(from_json(text)) == text
    assert from_json(text).request == request


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("kind",), "something"),
        (("schema",), 99),
        (("file",), "../../etc/passwd"),
        (("threads",), -1),
        (("before",), [{"ticks": -4}]),
        (("before",), [{"put": 0}]),
        (("before",), [{"do": "run"}]),
        (("world", "seed"), -1),
        (("world", "params"), []),
        (("drawing", "size"), [0, 10**9]),
        (("request", "max_size"), "large"),
        (("request", "unknown"), {}),
        (("request", "channels"), ["a"]),
        (("request", "region"), [1, 2]),
        (("request", "probes"), [[1, 2], [3]]),
        (("request", "limits"), [0.0, float("nan")]),
        (("request", "stats"), True),
        (("request", "line"), [[1, 2]]),
        (("request", "bins"), 2**70),
        (("request", "reduce"), "best"),
        (("request", "eye"), {"azimuth": "left"}),
        (("request",), {"max_size": 2**20, "eye": {}}),
        (("begins",), True),
        (("states",), [{"file": "/dev/zero", "sha256": ""}]),
        (("pixels",), None),
    ],
)
def test_a_broken_sidecar_is_refused_by_name(
    worlds: Any, tmp_path: Path, place: tuple[str, ...], value: Any
) -> None:
    text = tmp_path / "a.json"
    values = json.loads(SAMPLE)
    inner = values
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    text.write_text(json.dumps(values))
    if place == ("request", "unknown"):
        assert read(text)  # what a newer version asked for besides
        return
    with pytest.raises(BadInput, match=r"a\.json"):
        read(text)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_what_is_no_sidecar_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r"a\.json"):
        read(path)


def test_a_sidecar_takes_no_other_file_s_place(toys: Any, tmp_path: Path) -> None:
    lab = toys.open()
    for name, data in (("frames.json", b'{"my": "notes"}'), ("shot.png.json", b"\xff" * 300)):
        (tmp_path / name).write_bytes(data)
    refused = lab.ask(c.Record(tmp_path / "frames", frames=1, sidecar=True)).error
    assert isinstance(refused, BadInput)
    assert "another file" in refused.problem
    view, origin = lab.do(c.Snapshot(origin=True))
    with pytest.raises(BadInput, match="another file"):
        save_picture(tmp_path / "shot.png", view, Drawing(), {}, origin=origin)
    assert not (tmp_path / "shot.png").exists()
    assert (tmp_path / "frames.json").read_bytes() == b'{"my": "notes"}'
    lab.do(c.Record(tmp_path / "frames", frames=1))  # without a sidecar it may


@pytest.mark.parametrize("change", [{"view": []}, {"before": [{"do": "ask", "question": "find"}]}])
def test_what_cannot_be_done_again_is_told_by_name(
    sidecars: Any, tmp_path: Path, change: dict[str, Any]
) -> None:
    path = tmp_path / "a.json"
    values = json.loads(SAMPLE)
    values["world"]["params"] = {"width": 32, "height": 32}
    stroke = {"do": "brush", "view": "world", "tool": "x", "points": [], "radius": 1, "value": 1}
    values["before"] = [{**stroke, "channel": 0, "number": 0}]
    path.write_text(json.dumps(values | change))
    with pytest.raises(BadInput, match=r"a\.json"):
        sidecars.again(path)


def test_numbers_of_numpy_are_written_and_those_that_are_not_finite_refused() -> None:
    sidecar = from_json(SAMPLE)
    text = to_json(replace(sidecar, request=ViewRequest(channels=(np.int64(2),))))  # type: ignore[arg-type]
    assert from_json(text).request.channels == (2,)
    weight = ViewRequest(channels=(1, 0), probes=((1, 0, 5, 4),))
    assert from_json(to_json(replace(sidecar, request=weight))).request == weight
    with pytest.raises(BadInput, match="finite"):
        to_json(replace(sidecar, request=ViewRequest(limits=(0.0, float("inf")))))


SAMPLE = """{"kind": "primordia sidecar", "schema": 1, "program": "", "made": "", "file": "a.png",
"sha256": "", "title": "Life", "step": 0, "device": "cpu", "threads": 1, "broken": "",
"view": "world", "request": {"max_size": 64}, "drawing": {"size": null, "ground": null,
"legend": false, "cells": true}, "film": null, "pixels": {"sha256": "", "frames": 1, "each": {}},
"text": {}, "world": {"system": "life", "params": {}, "seed": 0}, "begins": false, "states": [],
"before": [], "during": []}"""


def test_an_older_asset_is_not_taken_for_the_right_one(
    sidecars: Any, worlds: Any, tmp_path: Path
) -> None:
    world = worlds(openers.spec_of("growing-nca", "gecko"))
    sidecar = world.shoot(tmp_path / "gecko.png")
    values = json.loads(sidecar.read_text())
    values["world"]["model"]["sha256"] = "0" * 64
    sidecar.write_text(json.dumps(values))
    with pytest.raises(BadInput, match="was changed"):
        sidecars.again(sidecar)
