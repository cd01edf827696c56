"""The set-up compiles every kernel: warming works for every system that is installed."""

from __future__ import annotations

import pytest

from engine.core import registry
from engine.warm import warm, warm_files


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
