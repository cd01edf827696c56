"""The workloads of `primordia bench attention`, small."""

from __future__ import annotations

import pytest
import torch

from engine.bench import BENCHES, attention, attention_training, harness
from engine.bench.harness import Side
from engine.core.activity import Activity


def test_rows_are_those_of_the_issue() -> None:
    mesa = {"4", "256", "forward.4", "forward.256", "naive.4", "naive.256", "products"}
    wanted = {f"attention.mesa.{row}" for row in mesa}
    wanted |= {f"attention.train.{model}" for model in attention_training.MODELS}
    assert wanted <= set(BENCHES)


@pytest.mark.parametrize("side", ["layer", "recurrence", "naive"])
@pytest.mark.parametrize("backward", [False, True])
def test_every_side_makes_passes(
    side: str, backward: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "POSITIONS", 12)
    assert getattr(attention, side)(2, backward)() == 1.0


def test_all_sides_predict_the_same_from_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """And have the same gradients: a side that did less work would only look fast."""
    found = []

    def passes(form: attention.Form, count: int, backward: bool, device: str) -> attention.Work:
        generator = torch.Generator().manual_seed(0)
        q, k, v = (torch.randn(count, 30, 5, generator=generator) for _ in range(3))
        inputs = [one.requires_grad_() for one in (q, k, v, torch.ones(count))]
        out = form(*inputs)
        found.append([out, *torch.autograd.grad(out.square().sum(), inputs)])
        return lambda: 1.0

    monkeypatch.setattr(attention, "_passes", passes)
    for side in (attention.layer, attention.recurrence, attention.naive):
        side(3)
    for ours, loop, naive in zip(*found, strict=True):
        torch.testing.assert_close(ours, loop, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(ours, naive, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("model", attention_training.MODELS)
def test_every_model_can_be_trained(model: str) -> None:
    ready = attention_training.trainer(model)
    wanted = {"icl-1": 484, "icl-2": 484, "copy-mesa": 4202, "copy-linear": 4200}
    wanted |= {"softmax-4": 7400, "induction": 45440, "mesa": 3201}
    assert sum(one.numel() for one in ready.tensors.values()) == wanted[model]


def test_a_training_step_changes_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention_training, "_WARM", 0)
    made = []
    build = attention_training.trainer

    def keep(*args: str) -> object:
        made.append(build(*args))
        return made[-1]

    monkeypatch.setattr(attention_training, "trainer", keep)
    assert attention_training.training("copy-mesa")() == 1.0
    assert made[0].updates_done == 1


@pytest.mark.parametrize(
    ("name", "functions", "arguments", "threads"),
    [
        (
            "attention.mesa.256",
            ["layer", "recurrence"],
            {"count": 256, "backward": True, "device": "cpu"},
            1,
        ),
        (
            "attention.mesa.forward.4",
            ["layer", "recurrence"],
            {"count": 4, "backward": False, "device": "cpu"},
            1,
        ),
        (
            "attention.mesa.naive.4",
            ["layer", "naive"],
            {"count": 4, "backward": True, "device": "cpu"},
            1,
        ),
        ("attention.mesa.products", ["layer_products", "large_product"], {}, 1),
        (
            "attention.train.mesa",
            ["training", "training"],
            {"model": "mesa", "device": "cpu"},
            3,
        ),
        ("attention.train.icl-1", ["training"], {"model": "icl-1", "device": "cpu"}, 3),
    ],
)
def test_names_choose_sides_and_threads(
    name: str,
    functions: list[str],
    arguments: dict[str, object],
    threads: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[Side, int]] = []

    class Child:
        def __init__(self, side: Side, count: int) -> None:
            asked.append((side, count))

        def measure(self) -> float:
            return 2.0

        def __enter__(self) -> Child:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(harness, "_Child", Child)
    monkeypatch.setattr(harness, "_REST", 0.0)
    monkeypatch.setattr(harness, "threads", lambda: 3)
    (row,) = BENCHES[name]("cpu", Activity("bench"))
    assert [side.function for side, _ in asked] == functions
    assert asked[0][0].arguments == arguments
    assert {count for _, count in asked} == {threads}
    assert row.ratio == (pytest.approx(1.0) if len(functions) > 1 else None)
