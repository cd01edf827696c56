"""The forward pass against one written out token by token and head by head in numpy."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.attention import heads
from engine.attention.design import Design, Layer, stack
from engine.attention.forward import Capture, forward, products, tensors
from engine.attention.initial import Scheme, initial, lam_parameter, sinusoid
from engine.core.errors import BadInput, Cancelled
from engine.core.rng import stream

LSA = Design(
    11, 11, 1, stack("linear", 1, heads=1, width=11),
    causal=False, lookup="context", channel=10, sign=-1, predict="last",
)  # fmt: skip


def doubles(design, scale=0.3, seed=0):
    made = initial(design, stream(seed, "weights"), Scheme("normal", scale))
    rng = stream(seed, "more")  # gains and biases that are not 1 and 0
    for name, value in made.items():
        if "gain" in name or "bias" in name:
            made[name] = value + 0.3 * rng.standard_normal(value.shape)
    return tensors(made, dtype=torch.float64)


def plain_norm(x, gain, bias):
    centred = x - x.mean()
    return centred / np.sqrt(centred @ centred / len(x) + 1e-5) * gain + bias


def plain_mlp(w, name, x):
    hidden = x @ w[name + "_in"] + w[name + "_in_bias"]
    gelu = np.array([h * 0.5 * (1 + math.erf(h / math.sqrt(2))) for h in hidden])
    return gelu @ w[name + "_out"] + w[name + "_out_bias"]


def plain_weights(layer, q, keys, lam):
    if layer.kind == "mesa":
        q = np.linalg.solve(sum(np.outer(k, k) for k in keys) + lam * np.eye(len(q)), q)
    scores = np.array([q @ k for k in keys])
    if layer.kind == "softmax":
        grown = np.exp(scores / math.sqrt(len(q)))
        return grown / grown.sum()
    return scores


def plain_layer(design, w, index, stream_, gates):
    layer, lead = design.layers[index], design.prefix(index)
    x = list(stream_)
    if layer.norm:
        x = [plain_norm(e, w[lead + "norm_gain"], w[lead + "norm_bias"]) for e in x]
    seen = x
    if index == 0 and design.extra:
        seen = [np.append(e, c) for e, c in zip(x, sinusoid(len(x), design.extra), strict=True)]
    out = [e.copy() for e in stream_]
    for head in range(layer.heads):
        part = layer.columns(head)
        q = [e @ w[lead + "wq"][:, part] for e in seen]
        k = [e @ w[lead + "wk"][:, part] for e in seen]
        v = [e @ w[lead + "wv"][:, part] for e in x]
        if layer.unit:
            q = [one / np.linalg.norm(one) for one in q]
            k = [one / np.linalg.norm(one) for one in k]
        lam = np.log1p(np.exp(w[lead + "lam"][head])) if layer.kind == "mesa" else 0.0
        for t in range(len(x)):
            end = t + 1 if design.causal else len(x) - (design.lookup == "context")
            a = plain_weights(layer, q[t], k[:end], lam)
            read = sum(weight * one for weight, one in zip(a, v, strict=False))
            out[t] += design.dampening * gates[index, head] * (read @ w[lead + "wp"][part])
    if layer.mlp:
        for t, e in enumerate(out):
            y = plain_norm(e, w[lead + "mlp_gain"], w[lead + "mlp_bias"]) if layer.norm else e
            out[t] = e + plain_mlp(w, lead + "mlp", y)
    return np.clip(out, -layer.clip, layer.clip) if layer.clip else np.array(out)


def plain(design, weights, tokens, gates=None):
    w = {name: value.numpy() for name, value in weights.items()}
    gates = np.ones((design.depth, 8)) if gates is None else gates
    found = []
    for sequence in tokens.numpy():
        e = w["embed"][sequence] if design.embed == "symbols" else sequence
        e = sequence @ w["embed"] if design.embed == "linear" else e
        if design.embed_mlp:
            e = np.array([one + plain_mlp(w, "embed_mlp", one) for one in e])
        if design.positions == "learned":
            e = e + w["positions"][: len(e)]
        elif design.positions == "sinusoid":
            e = e + sinusoid(len(e), design.width)
        elif design.positions == "sinusoid-concat":
            e = np.hstack([e, sinusoid(len(e), design.position_width)])
        for index in range(design.depth):
            e = plain_layer(design, w, index, np.array(e, float), gates)
        if design.final_norm:
            e = np.array([plain_norm(one, w["final_gain"], w["final_bias"]) for one in e])
        if design.readout == "linear":
            e = e @ w["readout"]
        else:
            e = design.sign * e[:, design.channel : design.channel + design.outputs]
        found.append(e[-1:] if design.predict == "last" else e)
    return np.array(found)


def prompts(design, batch=2, length=6, seed=0):
    rng = stream(seed, "tokens")
    if design.embed == "symbols":
        return torch.from_numpy(rng.integers(0, design.tokens, (batch, length)))
    return torch.from_numpy(rng.standard_normal((batch, length, design.tokens)))


DESIGNS = {
    "lsa": LSA,
    "deep lsa, shared, damped, clipped": replace(
        LSA,
        layers=stack("linear", 3, heads=2, width=11, key=4, clip=0.8),
        shared=True,
        dampening=0.75,
    ),
    "softmax regression": replace(LSA, layers=stack("softmax", 2, heads=2, width=11, key=11)),
    "mesa regression": replace(LSA, layers=(Layer("mesa", 2, 4),)),
    "first softmax": Design(
        4, 10, 2, stack("first-softmax", 2, heads=1, width=10),
        positions="sinusoid-concat", position_width=6, causal=False, predict="last",
    ),
    "copy and mesa": Design(
        3, 8, 3, (Layer("softmax", 2, 4), Layer("mesa", 2, 4, clip=2.0)),
        embed="linear", positions="sinusoid-qk", readout="linear",
    ),
    "normed": Design(
        9, 8, 9, stack("softmax", 2, heads=2, width=8, norm=True, mlp=12),
        embed="symbols", positions="learned", length=6, final_norm=True, readout="linear",
    ),
    "sine": Design(
        2, 6, 1, (Layer("linear", 1, 6, mlp=5),), embed="linear", embed_mlp=7,
        causal=False, lookup="context", channel=5, sign=-1, predict="last",
    ),
    "last of a causal mesa": Design(
        3, 6, 3, (Layer("softmax", 1, 6), Layer("mesa", 2, 3)),
        embed="linear", positions="learned", length=6, predict="last",
    ),
    "last of a causal softmax": Design(
        3, 6, 3, stack("softmax", 2, heads=2, width=6, norm=True),
        embed="linear", positions="sinusoid-qk", position_width=4, predict="last",
    ),
    "last, first layer with positions": Design(
        3, 6, 3, (Layer("linear", 2, 3, mlp=4),),
        embed="linear", positions="sinusoid-qk", predict="last",
    ),
    "last unit": Design(3, 3, 3, (Layer("linear", 1, 3, unit=True),), predict="last"),
    "unit": Design(3, 3, 3, (Layer("linear", 1, 3, unit=True),), positions="sinusoid"),
}  # fmt: skip


@pytest.mark.parametrize("name", DESIGNS)
def test_every_part_is_what_it_is_written_out(name):
    design = DESIGNS[name]
    weights, tokens = doubles(design), prompts(design)
    want = plain(design, weights, tokens)
    found = forward(design, weights, tokens)
    np.testing.assert_allclose(found.numpy(), want, atol=1e-6 if "mesa" in name else 1e-11)
    capture = Capture()  # the slow road leads to the same place
    slow = forward(design, weights, tokens, capture=capture)
    np.testing.assert_allclose(slow.numpy(), found.numpy(), atol=1e-11)
    assert len(capture.residual) == design.depth + 1
    added = torch.stack([one.sum(1) for one in capture.heads])
    if not any(layer.mlp or layer.clip for layer in design.layers):
        steps = torch.stack(capture.residual).diff(dim=0)
        torch.testing.assert_close(added, steps, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    "name", ["softmax regression", "normed", "copy and mesa", "last of a causal mesa"]
)
def test_gates_scale_what_heads_add(name):
    design = DESIGNS[name]
    weights, tokens = doubles(design), prompts(design)
    gates = np.array([[1.0, 0.0], [0.5, 1.0]])
    found = forward(design, weights, tokens, gates=torch.from_numpy(gates))
    want = plain(design, weights, tokens, gates)
    np.testing.assert_allclose(found.numpy(), want, atol=1e-6)
    assert np.abs(found.numpy() - plain(design, weights, tokens)).max() > 1e-3


def gradient_descent(x, y, eta, steps):
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        w -= eta * (x.T @ (x @ w - y))
    return w


@pytest.mark.parametrize("steps", [1, 4])
def test_the_constructed_layer_is_gradient_descent(steps):
    wq = np.diag([1.0] * 10 + [0.0])
    wv = np.zeros((11, 11))
    wv[10, 10] = -1
    wp = np.zeros((11, 11))
    wp[10, 10] = 0.3
    made = {"wq": wq, "wk": wq, "wv": wv, "wp": wp}
    weights = {f"layers/0/{name}": torch.from_numpy(value) for name, value in made.items()}
    tokens = prompts(LSA, 3, 11) * 0.3
    query = tokens[:, -1, :10].clone().numpy()
    tokens[:, -1, 10] = 0
    found = forward(LSA.repeated(steps), weights, tokens)[:, 0, 0].numpy()
    for one, (sequence, row) in enumerate(zip(tokens.numpy(), query, strict=True)):
        w = gradient_descent(sequence[:-1, :10], sequence[:-1, 10], 0.3, steps)
        assert found[one] == pytest.approx(row @ w, abs=1e-13)


def test_only_written_channels_change():
    design = replace(LSA.repeated(3), predict="every")
    weights, tokens = doubles(design), prompts(design)
    write = torch.zeros(11, dtype=torch.float64)
    write[10] = 1
    capture = Capture()
    forward(design, weights, tokens, write=write, capture=capture)
    last = capture.residual[-1]
    assert torch.equal(last[..., :10], tokens[..., :10])
    assert not torch.allclose(last[..., 10], tokens[..., 10])
    quick = forward(replace(design, predict="last"), weights, tokens, write=write)
    torch.testing.assert_close(quick[:, 0, 0], -last[:, -1, 10], rtol=1e-12, atol=1e-12)


def test_products_are_what_tokens_attend_by_and_carry():
    design = replace(DESIGNS["normed"], layers=stack("linear", 2, heads=2, width=8, norm=True))
    weights, tokens = doubles(design), prompts(design)
    for index in range(2):
        weights[f"layers/{index}/norm_bias"] = torch.zeros(8, dtype=torch.float64)
    capture = Capture()
    forward(design, weights, tokens, capture=capture)
    for layer in range(2):
        e = capture.residual[layer]
        e = torch.nn.functional.layer_norm(e, (8,))
        for head in range(2):
            kq, pv = products(design, weights, layer, head)
            a = (e @ kq @ e.mT).tril()
            torch.testing.assert_close(a, capture.attention[layer][:, head])
            torch.testing.assert_close(a @ e @ pv, capture.heads[layer][:, head])
    arrays = {name: value.numpy() for name, value in weights.items()}
    np.testing.assert_array_equal(products(design, arrays, 1, 1)[0], kq.numpy())


def test_products_see_positions_where_the_layer_does():
    design = DESIGNS["copy and mesa"]
    kq, pv = products(design, doubles(design), 0, 1)
    assert kq.shape == (16, 16)
    assert pv.shape == (8, 8)


def test_a_long_linear_layer_in_chunks_is_the_same():
    layer = Layer("linear", 2, 3)
    q, k, v = torch.randn(3, 2, 2, 150, 3, dtype=torch.float64, requires_grad=True).unbind()
    long = heads.read(layer, q, k, v, causal=True)
    short = heads.weights(layer, q, k, causal=True) @ v
    torch.testing.assert_close(long, short)
    one, other = (
        torch.autograd.grad(o.square().sum(), v, retain_graph=True) for o in (long, short)
    )
    torch.testing.assert_close(one, other)


@pytest.mark.parametrize("causal", [True, False])
def test_a_long_softmax_layer_is_the_same(causal):
    layer = Layer("softmax", 2, 3)
    q, k, v = torch.randn(3, 2, 2, 150, 3, dtype=torch.float64).unbind()
    found = heads.read(layer, q, k, v, causal=causal)
    torch.testing.assert_close(found, heads.weights(layer, q, k, causal=causal) @ v)


@pytest.mark.parametrize("keys", [3, 90])
def test_linear_attention_does_not_depend_on_the_order_of_products(keys):
    layer = Layer("linear", 2, 5)
    q, k, v = (torch.randn(2, 2, n, 5, dtype=torch.float64) for n in (7, keys, keys))
    torch.testing.assert_close(heads.read(layer, q, k, v, causal=False), (q @ k.mT) @ v)


def test_a_mesa_layer_with_a_tiny_lam_is_solved_in_double():
    layer = Layer("mesa", 1, 8)
    theta = torch.tensor([lam_parameter(1e-3)])
    q, k, v = torch.randn(3, 4, 1, 9, 8, generator=torch.Generator().manual_seed(0)).unbind()
    found = heads.read(layer, q, k, v, causal=False, theta=theta)
    exact = heads.read(layer, q.double(), k.double(), v.double(), causal=False, theta=theta)
    assert found.dtype == torch.float32
    assert (found - exact).abs().max() < 1e-4 * exact.abs().max()


def test_what_a_look_without_gradients_kept_can_be_learned_through():
    design = Design(3, 3, 3, (Layer("linear", 1, 3),), positions="sinusoid")
    weights = {n: v.float() for n, v in doubles(design).items()}
    tokens = torch.randn(1, 23, 3)
    with torch.inference_mode():
        forward(design, weights, tokens)
    weights = {n: v.requires_grad_() for n, v in weights.items()}
    forward(design, weights, tokens).sum().backward()
    assert weights["layers/0/wq"].grad is not None


def test_prompts_that_do_not_fit_are_refused():
    design = DESIGNS["normed"]
    with pytest.raises(BadInput, match="7 tokens"):
        forward(design, doubles(design), prompts(design, 1, 7))
    with pytest.raises(BadInput, match="3 channels"):
        forward(LSA, doubles(LSA), torch.zeros(1, 5, 3, dtype=torch.float64))


def test_a_single_sequence_reads_only_the_past():
    design = DESIGNS["copy and mesa"]
    weights, tokens = doubles(design), prompts(design)
    whole = forward(design, weights, tokens)
    torch.testing.assert_close(forward(design, weights, tokens[:, :4]), whole[:, :4])


def test_it_breathes_between_layers_both_ways_and_can_be_stopped_there():
    design = Design(3, 3, 3, stack("softmax", 4, heads=1, width=3))
    weights = {n: v.requires_grad_() for n, v in doubles(design).items()}
    tokens = torch.ones(1, 5, 3, dtype=torch.float64)
    breaths, last = [], 100

    def breathe():
        breaths.append(None)
        if len(breaths) == last:
            raise Cancelled

    out = forward(design, weights, tokens, breathe=breathe)
    assert len(breaths) == 4
    torch.autograd.grad(out.sum(), list(weights.values()))
    assert len(breaths) == 8
    out, breaths, last = forward(design, weights, tokens, breathe=breathe), [], 2
    with pytest.raises(Cancelled):
        torch.autograd.grad(out.sum(), list(weights.values()))
    assert len(breaths) == 2
