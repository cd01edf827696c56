"""Damaged published files either load to finite weights or are refused in plain words."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.core.errors import BadInput
from engine.imports import load


def growing() -> bytes:
    def layer(rows: int, columns: int) -> dict[str, object]:
        data = base64.b64encode(bytes((rows + 1) * columns)).decode()
        return {
            "data_b64": data,
            "in_ch": rows,
            "out_ch": columns,
            "weight_scale": 1.0,
            "bias_scale": 1.0,
            "type": "uint8",
        }

    return json.dumps([layer(48, 128), layer(128, 16)]).encode()


def textures() -> bytes:
    def layer(rows: int, out: int) -> dict[str, object]:
        buffer = io.BytesIO()
        Image.fromarray(np.full((rows, out // 4, 4), 127, np.uint8)).save(buffer, "PNG")
        uri = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
        return {"scale": 1.0, "data": uri, "shape": [rows, out], "layout": [1, 1]}

    return json.dumps({"model_names": ["dots"], "layers": [layer(49, 96), layer(97, 12)]}).encode()


def grafting() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for index, count in enumerate((96 * 48, 96, 12 * 96)):
            archive.writestr(f"dots/data/{index}", bytes(4 * count))
    return buffer.getvalue()


def meshes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for index, count in enumerate((128 * 80, 128, 16 * 128, 16)):
            archive.writestr(f"best/data/{index}", bytes(4 * count))
    return buffer.getvalue()


WHOLE = {
    "growing": growing(),
    "textures": textures(),
    "grafting": grafting(),
    "meshes": meshes(),
}


@pytest.mark.parametrize("kind", sorted(WHOLE))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(draw=st.data())
def test_damage_is_survived(kind: str, tmp_path: Path, draw: st.DataObject) -> None:
    damaged = bytearray(WHOLE[kind])
    # The ends hold the structure: heads, directories and the keys after the long data.
    span = min(len(damaged), 1200)
    places = st.one_of(st.integers(0, span - 1), st.integers(len(damaged) - span, len(damaged) - 1))
    for place in draw.draw(st.lists(places, max_size=4)):
        damaged[place] = draw.draw(st.integers(0, 255))
    cut = draw.draw(st.one_of(st.just(len(damaged)), st.integers(0, len(damaged))))
    path = tmp_path / "model"
    path.write_bytes(damaged[:cut])
    try:
        arrays = load(path).weights.arrays()
    except BadInput:
        return
    assert all(np.isfinite(array).all() for array in arrays.values())


def test_the_undamaged_files_load(tmp_path: Path) -> None:
    for kind, data in WHOLE.items():
        path = tmp_path / kind
        path.write_bytes(data)
        assert load(path).weights.count > 5000
