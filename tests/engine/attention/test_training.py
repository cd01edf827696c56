import itertools
import math
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.attention.adam import Adam, Moments
from engine.attention.design import Design, Layer, stack
from engine.attention.forward import forward
from engine.attention.initial import Scheme, initial
from engine.attention.pieces import pieces, work
from engine.attention.tasks import Batch, Draws
from engine.attention.threads import one_thread
from engine.attention.training import Plan, Trainer
from engine.core.errors import BadInput, Cancelled, DivergedError
from engine.core.rng import stream

LSA = Design(
    11, 11, 1, stack("linear", 1, heads=1, width=11),
    causal=False, lookup="context", channel=10, sign=-1, predict="last",
)  # fmt: skip
SEQUENCES = Design(
    6, 8, 6, (Layer("softmax", 2, 4, norm=True), Layer("mesa", 1, 4)),
    embed="symbols", positions="learned", length=9, readout="linear",
)  # fmt: skip


class Regression:
    """x, y pairs of a linear function per sequence, and a query (arXiv 2212.07677)."""

    naive = 10 / 24

    def draw(self, draws, batch):
        x = draws.uniform(-0.5, 0.5, (batch, 11, 10))
        y = x @ draws.normal((batch, 10, 1))
        tokens = torch.cat([x, y], -1)
        targets = tokens[:, -1, -1].clone()
        tokens[:, -1, -1] = 0
        return Batch(tokens, targets)

    def loss(self, outputs, targets, mask):
        assert mask is None
        return 0.5 * (outputs[:, 0, 0] - targets).square().mean()


class Repeats:
    """Symbols that come again after three, scored where `mask` says."""

    naive = math.log(6)

    def draw(self, draws, batch):
        symbols = draws.integers(0, 6, (batch, 3)).repeat(1, 4)[:, :10]
        mask = (draws.uniform(0, 1, (batch, 9)) < 0.5).float()
        mask[: batch // 3] = 0  # so that pieces of a batch weigh differently, some nothing
        return Batch(symbols[:, :-1], symbols[:, 1:], mask)

    def loss(self, outputs, targets, mask):
        each = torch.nn.functional.cross_entropy(outputs.mT, targets, reduction="none")
        return (each * mask).sum() / mask.sum()


REGRESSION = Plan(200, 64, 5e-3, schedule="cosine", clip=0.001)
REPEATS = Plan(50, 12, 1e-2, warmup=5, decay=0.01, clip=1.0)


def trainer(design=LSA, task=None, plan=REGRESSION, seed=0):
    scheme = Scheme() if design is LSA else Scheme("uniform", 1.0, embedding=0.5)
    weights = initial(design, stream(seed, "weights"), scheme)
    task = task or (Regression() if design is LSA else Repeats())
    return Trainer(design, task, plan, weights, stream(seed, "training"))


def everything(one):
    return [v.tobytes() for part in (one.weights(), one.arrays()) for v in part.values()]


def test_it_learns():
    one = trainer(plan=replace(REGRESSION, updates=300, rate=1e-2))
    losses = [one.update()["loss"] for _ in range(300)]
    assert np.mean(losses[:5]) == pytest.approx(10 / 24, rel=0.2)
    assert np.mean(losses[-50:]) < 0.25  # gradient descent: 0.206
    assert one.updates_done == 300


@pytest.mark.parametrize(("design", "plan"), [(LSA, REGRESSION), (SEQUENCES, REPEATS)])
def test_going_on_from_what_was_saved_is_the_same_to_the_bit(design, plan):
    one = trainer(design, plan=plan)
    for _ in range(7):
        one.update()
    rng = stream(0, "training")
    rng.bit_generator.state = one._rng.bit_generator.state
    other = Trainer(design, one.task, plan, one.weights(), rng)
    other.restore(one.arrays())
    for _ in range(5):
        assert one.update() == other.update()
    assert everything(one) == everything(other)


def test_what_was_handed_out_never_changes():
    one = trainer()
    before = one.tensors["layers/0/wq"]
    copy = before.clone()
    one.update()
    assert torch.equal(before, copy)
    assert not torch.equal(one.tensors["layers/0/wq"], copy)
    assert not any(value.requires_grad for value in one.tensors.values())


def test_an_update_that_is_stopped_anywhere_changed_nothing(monkeypatch):
    monkeypatch.setattr("engine.attention.pieces._CPU", 4 * work(SEQUENCES, 9))
    monkeypatch.setattr("engine.core.device._threads", 1)  # so that polls can be counted
    one, other = trainer(SEQUENCES, plan=REPEATS), trainer(SEQUENCES, plan=REPEATS)
    one.update()
    other.update()
    polls = 0

    def stop_at(n):
        left = itertools.count(n, -1)

        def poll():
            nonlocal polls
            polls += 1
            if next(left) == 0:
                raise Cancelled

        return poll

    other.update(poll=stop_at(10_000))
    asked, kept = polls, everything(one)
    assert asked >= 2 * 2 + 2  # two pieces of three count
    for n in range(asked):
        with pytest.raises(Cancelled):
            one.update(poll=stop_at(n))
        assert everything(one) == kept
    one.update()
    assert everything(one) == everything(other)


def test_pieces_add_up_to_the_whole(monkeypatch):
    whole = trainer(SEQUENCES, plan=REPEATS)
    first = whole.update()
    monkeypatch.setattr("engine.attention.pieces._CPU", work(SEQUENCES, 9))
    cut = trainer(SEQUENCES, plan=REPEATS)
    second = cut.update()
    assert second["loss"] == pytest.approx(first["loss"], rel=1e-5)
    assert second["gradient"] == pytest.approx(first["gradient"], rel=1e-4)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_do_not_change_a_bit(monkeypatch, threads):
    monkeypatch.setattr("engine.attention.pieces._CPU", work(SEQUENCES, 9))
    found = []
    for count in (1, threads):
        monkeypatch.setattr("engine.core.device._threads", count)
        one = trainer(SEQUENCES, plan=REPEATS)
        losses = [one.update(poll=lambda: None) for _ in range(4)]
        found.append((losses, everything(one)))
    assert found[0] == found[1]


def test_operations_of_an_update_keep_to_one_thread_and_others_do_not():
    seen = []

    class Watched(Regression):
        def loss(self, outputs, targets, mask):
            seen.append(torch.get_num_threads())
            return super().loss(outputs, targets, mask)

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        trainer(task=Watched()).update()
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert seen == [1]


def test_threads_that_are_born_during_an_update_get_their_cores():
    found = []
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with one_thread():
            end = time.monotonic() + 30
            while 3 not in found and time.monotonic() < end:
                born = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
                born.start()
                born.join()
            assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
    assert found[-1] == 3


@pytest.mark.parametrize(
    ("name", "value"), [("adam_count", -1), ("adam_count", 2**62), ("adam_second", -1.0)]
)
def test_an_optimiser_that_no_training_leads_to_is_refused(name, value):
    one = trainer()
    one.update()
    kept = everything(one)
    damaged = one.arrays()
    damaged[name] = np.full_like(damaged[name], value)
    with pytest.raises(BadInput, match="optimiser is damaged"):
        one.restore(damaged)
    assert everything(one) == kept


def test_pieces_cover_a_batch_once_and_depend_on_its_size():
    deep = Design(64, 64, 64, stack("softmax", 4, heads=4, width=64, mlp=256), embed="symbols")
    cuts = pieces(deep, 128, 37, "cpu")
    assert len(cuts) > 4
    assert [i for cut in cuts for i in range(37)[cut]] == list(range(37))
    assert len(pieces(LSA, 11, 2048, "cpu")) == 1
    assert len(pieces(deep, 128, 37, "cuda")) == 1
    assert len(pieces(deep, 4096, 2, "cpu")) == 2


@pytest.mark.parametrize(
    ("design", "plan", "rate"),
    [(LSA, REGRESSION, 3.0), (LSA, REGRESSION, 1e30), (SEQUENCES, REPEATS, 1e30)],
)
def test_a_rate_that_diverges_is_told_and_the_sound_weights_are_back(design, plan, rate):
    one = trainer(design, plan=replace(plan, schedule="constant"))
    for _ in range(20):
        one.update()
    kept = everything(one)
    generators = []

    def go_on():
        for _ in range(30):
            generators.append(repr(one._rng.bit_generator.state))
            one.update(rate)

    with pytest.raises(DivergedError, match="update") as told:
        go_on()
    assert "learning rate" in told.value.remedy
    assert repr(one._rng.bit_generator.state) == generators[-1]
    assert everything(one) == kept
    assert one.updates_done == 20
    assert one.update()["loss"] < 2 * one.task.naive


def test_weights_that_begin_badly_may_learn():
    weights = initial(LSA, stream(0, "weights"), Scheme("normal", 1.5))
    one = Trainer(LSA, Regression(), Plan(9, 64, 1e-3), weights, stream(0, "training"))
    assert one.update()["loss"] > 20 * one.task.naive
    assert one.update()["loss"] > 20 * one.task.naive


def test_numbers_that_are_not_finite_are_refused_before_they_are_taken():
    class Broken(Regression):
        def loss(self, outputs, targets, mask):
            return super().loss(outputs, targets, mask) * math.nan

    one = trainer(task=Broken())
    kept = everything(one)
    with pytest.raises(DivergedError, match="finite numbers at update 1"):
        one.update()
    assert everything(one) == kept


def test_a_matrix_that_cannot_be_solved_is_divergence():
    class Singular(Regression):
        def loss(self, outputs, targets, mask):
            return torch.linalg.solve(torch.zeros(2, 2), outputs[:2, 0]).sum()

    with pytest.raises(DivergedError, match="finite numbers"):
        trainer(task=Singular()).update()


def test_frozen_weights_stay_and_the_others_learn():
    one = trainer(plan=replace(REGRESSION, frozen=("layers/0/wq", "layers/0/wk")))
    before = one.weights()
    one.update()
    after = one.weights()
    same = {name for name in before if np.array_equal(before[name], after[name])}
    assert same == {"layers/0/wq", "layers/0/wk"}
    with pytest.raises(BadInput):
        trainer(plan=replace(REGRESSION, frozen=("layers",)))


def test_weights_can_be_taken_from_elsewhere_but_not_from_another_design():
    one = trainer()
    one.update()
    other = initial(LSA, stream(5, "weights"), Scheme())
    moments = one.arrays()
    one.set_weights(other)
    assert all(np.array_equal(one.weights()[name], other[name]) for name in other)
    assert all(np.array_equal(one.arrays()[name], moments[name]) for name in moments)
    with pytest.raises(BadInput, match="wq") as refusal:
        one.set_weights({name: value[:5] for name, value in other.items()})
    assert refusal.value.remedy
    with pytest.raises(BadInput):
        Trainer(SEQUENCES, Repeats(), REPEATS, other, stream(0, "training"))


def test_schedules_rise_and_fall():
    cosine = Plan(110, 1, 1.0, warmup=10, schedule="cosine", floor=0.1)
    assert [cosine.share(n) for n in (0, 9)] == [0.1, 1.0]
    assert cosine.share(60) == pytest.approx(0.55)
    assert cosine.share(110) == cosine.share(500) == pytest.approx(0.1)
    linear = Plan(100, 1, 1.0, schedule="linear", tail=0.3)
    assert linear.share(70) == 1.0
    assert linear.share(85) == pytest.approx(0.5)
    assert linear.share(100) == pytest.approx(0.0)
    assert Plan(10, 1, 1.0).share(99) == 1.0
    with pytest.raises(BadInput):
        Plan(10, 1, math.nan)
    with pytest.raises(BadInput):
        Plan(0, 1, 1.0)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_adam_is_that_of_torch(decay):
    torch.manual_seed(0)
    ours = torch.randn(50)
    theirs = ours.clone().requires_grad_()
    adam = Adam(0.9, 0.98, 1e-8, decay)
    reference = torch.optim.AdamW([theirs], 1e-2, (0.9, 0.98), 1e-8, decay)
    moments = Moments.of(ours)
    for _ in range(5):
        gradient = torch.randn(50)
        theirs.grad = gradient.clone()
        reference.step()
        ours, moments = adam.step(ours, gradient, moments, 1e-2)
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-6, atol=1e-7)
    with pytest.raises(ValueError, match="another model"):
        Moments.of(torch.zeros(3)).like(moments.arrays())


@pytest.mark.parametrize("each", [False, True])
def test_a_clip_bounds_the_gradient(each):
    one = trainer(plan=replace(REGRESSION, clip=1e-6, clip_each=each, beta1=0.0))
    assert one.update()["gradient"] > 1e-6
    first = one.arrays()["adam_first"]
    reached = np.abs(first).max() if each else np.linalg.norm(first)
    assert reached == pytest.approx(1e-6, rel=0.1)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_recommended_training_of_one_layer_ends_at_gradient_descent():
    """Section 3 of the sheet: 512 sequences, rate 5e-3 falling as a cosine, 1500 updates."""
    one = trainer(plan=Plan(1500, 512, 5e-3, schedule="cosine", clip=0.001))
    for _ in range(1500):
        one.update()
    task = Regression()
    batch = task.draw(Draws(stream(9, "tests"), "cpu"), 10000)
    with torch.no_grad():
        learned = float(task.loss(forward(LSA, one.tensors, batch.tokens), batch.targets, None))
    x, y, query = batch.tokens[:, :-1, :10], batch.tokens[:, :-1, 10:], batch.tokens[:, -1:, :10]
    step = (query @ x.mT @ y).flatten()
    descent = min(
        float(0.5 * (eta * step - batch.targets).square().mean())
        for eta in np.arange(0.4, 0.8, 0.01)
    )
    assert learned == pytest.approx(descent, rel=0.005)
