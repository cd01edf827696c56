"""What `primordia bench` times, one module per pillar.

`BENCHES` maps the name of a bench to `bench(device, activity) -> list[Row]`; the module behind a
name is imported when the bench runs. To add one, add its names here and its functions in a module
of its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from engine.core.device import has_driver

if TYPE_CHECKING:
    from engine.bench.harness import Row
    from engine.core.activity import Activity

__all__ = ["BENCHES", "Bench"]

Bench = Callable[[str, "Activity"], "list[Row]"]


def _late(module: str, name: str, device: str, activity: Activity) -> list[Row]:
    found: list[Row] = importlib.import_module(module).bench(name, device, activity)
    return found


def _named(module: str, *names: str) -> dict[str, Bench]:
    return {name: partial(_late, f"engine.bench.{module}", name) for name in names}


BENCHES: dict[str, Bench] = {
    **_named("machine", "machine.gemm", "machine.memory"),
    **_named(
        "growing",
        "growing.forward.128",
        "growing.forward.512",
        "growing.forward.1024",
        "growing.train.alive",
        "growing.train.seed",
    ),
    **_named(
        "texture",
        "texture.forward.128",
        "texture.forward.512",
        "texture.forward.1024",
        "texture.train",
    ),
    **_named(
        "grids",
        "life.step.512",
        "life.step.4096",
        "gray-scott.step.256",
        "gray-scott.step.1024",
    ),
    **_named(
        "soup",
        "soup.fresh.1",
        "soup.fresh.2",
        "soup.takeover.1",
        "soup.takeover.2",
        "soup.forth.1",
        "soup.forth-takeover.1",
        "soup.subleq.1",
        "soup.subleq-takeover.1",
        "soup.rsubleq4.1",
    ),
    **_named(
        "mesh",
        "mesh.forward.2562",
        "mesh.forward.10242",
        "mesh.forward.40962",
        "mesh.forward.163842",
        "mesh.train.10242",
        "mesh.train.40962",
        "mesh.products",
        "mesh.traffic",
    ),
    **_named("mesh_memory", "mesh.memory"),
    **_named(
        "attention",
        "attention.mesa.4",
        "attention.mesa.256",
        "attention.mesa.forward.4",
        "attention.mesa.forward.256",
        "attention.mesa.naive.4",
        "attention.mesa.naive.256",
        "attention.mesa.products",
    ),
    **_named(
        "attention_training",
        "attention.train.icl-1",
        "attention.train.icl-2",
        "attention.train.mesa",
        "attention.train.copy-mesa",
        "attention.train.copy-linear",
        "attention.train.softmax-4",
        "attention.train.induction",
    ),
}
if has_driver():  # there is nothing to time without a GPU
    BENCHES |= _named("soup_cuda", "soup.cuda.17", "soup.cuda.20", "soup.cuda.22")
    BENCHES |= _named("mesh_cuda", "mesh.cuda.largest")
