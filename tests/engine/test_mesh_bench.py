"""The workloads of `primordia bench mesh` on a small sphere."""

from __future__ import annotations

import numpy as np
import psutil
import pytest

from engine.bench import BENCHES, harness, mesh, mesh_cuda, mesh_memory
from engine.core.activity import Activity


def test_rows_are_those_of_the_issue():
    sizes = {f"mesh.forward.{10 * nu * nu + 2}" for nu in (16, 32, 64, 128)}
    assert sizes | {"mesh.train.40962", "mesh.memory", "mesh.products", "mesh.traffic"} <= set(
        BENCHES
    )


@pytest.mark.parametrize(
    "side", ["fused_forward", "plain_forward", "fused_training", "plain_training"]
)
def test_both_sides_do_the_same_work(side):
    work = getattr(mesh, side)(3)
    assert work() == work() == 1.0


@pytest.mark.parametrize("side", ["tensor_forward", "tensor_training"])
def test_what_runs_on_a_gpu_runs_here(side):
    assert getattr(mesh, side)(3, "cpu")() == 1.0


def test_the_baseline_steps_as_ours_does():
    torch = pytest.importorskip("torch")

    from engine.mesh_nca.plain import Messages, plain_step
    from engine.mesh_nca.rule import Controls
    from engine.mesh_nca.stepper import make_stepper

    surface, weights, x = mesh.made(3)
    stepper = make_stepper(surface, mesh.RULE, weights, "cpu")
    ours = stepper.step(x, 0, 0, Controls(fire_rate=1.0))
    tensors = {name: torch.from_numpy(w) for name, w in weights.arrays().items()}
    mask = torch.ones(len(x), dtype=torch.bool)
    theirs = plain_step(mesh.RULE, Messages(surface), tensors, torch.from_numpy(x), mask)
    assert abs(ours - theirs.numpy()).max() < 1e-6
    assert (ours != x).all()


def test_the_limits_count_every_operation_and_byte():
    fired, count = 92 / 2, 92  # nu = 3
    assert mesh.step_products(3)() == pytest.approx(fired * 2 * (80 * 128 + 128 * 16) / 1e9)
    assert mesh.step_traffic(3)() == pytest.approx((count * 128 + fired * 6 * 20) / 1e9)


@pytest.mark.parametrize(
    ("name", "sides", "nu", "better"),
    [
        ("mesh.forward.2562", ("fused_forward", "plain_forward"), 16, "steps/s"),
        ("mesh.train.40962", ("fused_training", "plain_training"), 64, "s/update"),
        ("mesh.products", ("step_products", "large_product"), 64, "GFLOP/s"),
    ],
)
def test_names_choose_sides_and_sizes(monkeypatch, name, sides, nu, better):
    asked = []

    class Child:
        def __init__(self, side, count):
            asked.append(side)

        def measure(self):
            return 2.0

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(harness, "_Child", Child)
    monkeypatch.setattr(harness, "_REST", 0.0)
    (row,) = BENCHES[name]("cpu", Activity("bench"))
    assert tuple(side.function for side in asked) == sides
    assert asked[0].arguments == {"nu": nu}
    assert row.unit == better
    assert row.ratio == pytest.approx(1.0)


def test_memory_is_measured_where_it_is_used():
    held = np.ones(5_000_000, np.float32)
    now = psutil.Process().memory_info().rss
    assert held.nbytes < 0.9 * now < mesh_memory.peak() < 100 * now
    for side in ("fused", "plain"):
        assert mesh_memory.rise(side, nu=3, steps=2) >= 0


def test_the_largest_mesh_is_the_last_that_is_fast_enough(monkeypatch):
    monkeypatch.setattr(mesh_cuda, "_rate", lambda nu, device: 4e6 / (10 * nu * nu))
    found = mesh_cuda.largest("cuda", Activity("bench"))
    assert 4e6 / 60 / 2.1 < found <= 4e6 / 60
    assert mesh_cuda.largest("cuda", Activity("bench"), wanted=1e9) == 0

    def full(nu, device):
        if nu > 60:
            raise torch.cuda.OutOfMemoryError
        return 1e3

    torch = pytest.importorskip("torch")
    monkeypatch.setattr(mesh_cuda, "_rate", full)
    assert 10 * 30**2 < mesh_cuda.largest("cuda", Activity("bench")) <= 10 * 60**2


def test_no_gpu_no_row():
    assert mesh_cuda.bench("mesh.cuda.largest", "cpu", Activity("bench")) == []
