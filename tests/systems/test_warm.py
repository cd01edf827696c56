"""The set-up compiles every kernel: warming works for every system that is installed."""

from __future__ import annotations

import pytest

from engine.core import registry
from engine.warm import warm, warm_files, warm_pictures


@pytest.mark.parametrize("slug", registry.slugs())
def test_a_system_can_be_warmed(slug: str) -> None:
    warm(slug)


def test_what_reads_and_mends_meshes_compiles(monkeypatch):
    from engine.meshes import mend_kernels

    met = []
    orient = mend_kernels.orient
    monkeypatch.setattr(mend_kernels, "orient", lambda *args: met.append(args) or orient(*args))
    warm_files()
    assert len(met) == 1
    assert len(met[0][0]) == 80


def test_what_draws_meshes_compiles_once_each() -> None:
    """No picture makes a kernel compile again, whatever may be written to its arrays."""
    from engine.meshes import ambience, bake, camera, dressing, fragments, overlays, raster, rims
    from engine.meshes.shading import light

    warm_pictures()
    entered = [
        light, camera._project, raster._fill, raster._weigh, rims._mark, rims._collect, rims._blend,
        fragments._gather, fragments._interpolate, fragments._facet, fragments._put,
        fragments._reduce, overlays._wires, overlays._dots, dressing._dress, dressing._dress_plain,
        ambience._look, bake._interpolate,
    ]  # fmt: skip
    assert [len(kernel.signatures) for kernel in entered] == [1] * len(entered)
