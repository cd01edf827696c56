"""Prompts of the mesa laboratory: a trajectory or examples, and what the hand does to them.

A prompt is made anew from its story (laws, first state, noise, spikes), so that every change goes
through the same dynamics: a law that changes half way, an eigenvalue that is dragged, noise on one
token. Everything is numpy; torch only unrolls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.attention.prompt_state import Prompt
from engine.attention.tasks import Draws
from engine.attention.tasks.dynamics import Dynamics, Law, orthogonal
from engine.core.errors import BadInput

__all__ = [
    "MODES",
    "build",
    "changed_law",
    "check",
    "draw",
    "moved_eigenvalue",
    "moved_token",
    "period",
    "separated",
    "truth",
]

Array = NDArray[Any]
Story = Mapping[str, Array]

MODES = ("trajectory", "few-shot", "few-shot, separated")

_REACH = 1.2  # of an eigenvalue that is dragged: beyond it states only hit their bounds
_FAR = 1e6  # no hand puts a token there
_REAL = 1e-3  # imaginary part below which an eigenvalue counts as real


def draw(task: Dynamics, generator: np.random.Generator, mode: str, separator: Array) -> Prompt:
    """Draw a prompt.

    Parameters
    ----------
    task : Dynamics
    generator : numpy.random.Generator
    mode : str
        One of `MODES`.
    separator : ndarray
        ``(D,)``: what separates examples.
    """
    draws, n, d, t = Draws(generator), task.order, task.size, task.length
    laws = np.stack([task.law(draws, 1).matrix[0].numpy() for _ in range(2)])
    readout = np.zeros((d, n), np.float32)
    if task.hidden:
        law = task.law(draws, 1)
        assert law.readout is not None
        readout = law.readout[0].numpy()
    if task.spectrum == "fixed":  # a change of the law has to be one
        laws[1] = orthogonal(draws, 1, n)[0].numpy()
    values, vectors = np.linalg.eig(laws[0].astype(np.float64))
    story = {
        "laws": laws,
        "spectrum": _parts(values),
        "basis": _parts(vectors),
        "readout": readout,
        "first": task.first(draws, 1)[0].numpy(),
        "kicks": task.noise * draws.normal((t, n)).numpy(),
        "blur": task.noise * draws.normal((t + 1, d)).numpy(),
        "maps": orthogonal(draws, 2, d).numpy(),
        "inputs": draws.uniform(-1.0, 1.0, (max(1, t // 2), d)).numpy(),
        "spikes": np.zeros((t, d), np.float32),
        "separator": np.asarray(separator, np.float32),
        "kind": np.array([MODES.index(mode), 0], np.int64),
    }
    return build(task, story)


def build(task: Dynamics, story: Story) -> Prompt:
    """Make the prompt of a story."""
    seen, used = _observed(task, story)
    tokens = seen[: task.length] + story["spikes"]
    mode, _ = story["kind"].tolist()
    targets, mask = seen[1:], np.ones(task.length, np.float32)
    if mode:
        every = period(story)
        mask = (np.arange(task.length) % every == 0).astype(np.float32)
    mask[used:] = 0.0
    tokens[used:] = 0.0
    return Prompt(
        _encoded(task, tokens),
        np.ascontiguousarray(targets, np.float32),
        mask,
        used,
        dict(story) | {"seen": np.asarray(tokens, np.float32)},
    )


def check(task: Dynamics, prompt: Prompt) -> None:
    """Refuse a prompt that is not what its story tells.

    Raises
    ------
    BadInput
        If there is no such kind of prompt, a number is too large, or tokens are not the story's.
    """
    story = {name: array for name, array in prompt.more.items() if name != "seen"}
    mode, switch = story["kind"].tolist()
    wrong = ""
    if not (0 <= mode < len(MODES) and 0 <= switch <= task.length):
        wrong = f"is of kind {mode}, with another law from token {switch}"
    elif not all(np.abs(array).max(initial=0.0) <= _FAR for array in story.values()):
        wrong = "holds numbers that no system reaches"
    else:
        told = build(task, story)
        pairs = (
            (told.tokens, prompt.tokens),
            (told.targets, prompt.targets),
            (told.mask, prompt.mask),
            (told.more["seen"], prompt.more["seen"]),
        )
        if told.used != prompt.used or not all(_same(one, other) for one, other in pairs):
            wrong = "does not obey the law that is stored with it"
    if wrong:
        raise BadInput(f"the prompt of the checkpoint {wrong}", remedy="Use an earlier checkpoint")


def _same(one: Array | None, other: Array | None) -> bool:
    """Compare but for what another processor may round."""
    assert one is not None
    assert other is not None
    size = float(np.abs(one).max(initial=1.0))
    return bool(np.abs(one - other).max(initial=0.0) <= 1e-3 * size)  # NaN is not


def _encoded(task: Dynamics, seen: Array) -> Array:
    import torch

    encoded = task.encode(torch.from_numpy(np.ascontiguousarray(seen[None], np.float32)))
    return np.array(encoded[0].numpy(), np.float32)


def _observed(task: Dynamics, story: Story) -> tuple[Array, int]:
    """Return T + 1 observations, and how many tokens are in use."""
    if story["kind"][0]:
        return _examples(task, story)
    states = truth(task, story)
    if not task.hidden:
        return states, task.length
    return states @ story["readout"].T + story["blur"], task.length


def truth(task: Dynamics, story: Story) -> Array:
    """Return the states of a trajectory, ``(T + 1, n)``."""
    import torch

    switch = int(story["kind"][1]) or task.length + 2  # beyond the last token that is made
    state = torch.from_numpy(np.asarray(story["first"], np.float32))[None]
    kicks = torch.from_numpy(np.asarray(story["kicks"], np.float32))
    laws = [Law(torch.from_numpy(np.asarray(law, np.float32))[None]) for law in story["laws"]]
    states = [state]
    for step in range(task.length):
        state = task.next(laws[int(step + 2 >= switch)], state, kicks[step])
        states.append(state)
    return torch.cat(states).numpy()


def _examples(task: Dynamics, story: Story) -> tuple[Array, int]:
    """Lay out x, f(x) and the separator; the map changes with the first x from the switch on."""
    every, switch = period(story), int(story["kind"][1])
    shots = task.length // every
    inputs = np.resize(story["inputs"], (shots, task.size))
    seen = np.zeros((task.length + 1, task.size), np.float32)
    for shot in range(shots):
        at = shot * every
        later = bool(switch) and at + 1 >= switch
        seen[at] = inputs[shot]
        seen[at + 1] = story["maps"][int(later)] @ inputs[shot]
        if every == 3:
            seen[at + 2] = story["separator"]
    return seen, shots * every


def period(story: Story) -> int:
    """Return tokens from one example to the next; 1 for a trajectory."""
    return (1, 2, 3)[int(story["kind"][0])]


def separated(task: Dynamics, story: Story, separator: Array) -> Prompt:
    """Return the prompt with another separator."""
    return build(task, {**story, "separator": np.asarray(separator, np.float32)})


def changed_law(task: Dynamics, story: Story, at: int) -> Prompt:
    """Let another law begin with token `at` (from 1 on); 0 for one law throughout."""
    if not 0 <= at <= task.length:
        raise BadInput(
            f"there is no token {at} in {task.length}", remedy=f"Choose 1 to {task.length}, or 0"
        )
    return build(task, {**story, "kind": np.array([story["kind"][0], at], np.int64)})


def moved_token(task: Dynamics, story: Story, index: int, dimension: int, value: float) -> Prompt:
    """Put one number of a token elsewhere: the model reads that, the system does not change.

    What separates examples is one token: it changes everywhere.
    """
    every = period(story)
    if not 0 <= index < task.length // every * every:
        raise BadInput(f"there is no token {index + 1}", remedy="Choose one of the prompt")
    if every == 3 and index % 3 == 2:
        separator = np.array(story["separator"], np.float32)
        separator[dimension] = value
        return separated(task, story, separator)
    plain = _observed(task, story)[0][index, dimension]
    spikes = np.array(story["spikes"], np.float32)
    spikes[index, dimension] = value - plain
    return build(task, {**story, "spikes": spikes})


def moved_eigenvalue(task: Dynamics, story: Story, index: int, x: float, y: float) -> Prompt:
    """Put an eigenvalue of the first law elsewhere, its conjugate with it.

    A real one stays real: a matrix of real numbers cannot have it elsewhere on its own.

    Raises
    ------
    BadInput
        If there is no such eigenvalue, or it would be longer than 1.2.
    """
    values = _complex(story["spectrum"])
    if not 0 <= index < len(values):
        raise BadInput(f"there is no eigenvalue {index + 1}", remedy="Choose one of the plane")
    before, after = values[index], complex(x, y)
    if abs(after) > _REACH:
        raise BadInput(
            f"an eigenvalue of length {abs(after):.2f} makes states explode",
            remedy=f"Keep it within {_REACH:g} of the origin",
        )
    if abs(before.imag) < _REAL:
        values[index] = after.real
    else:
        # The pair never meets on the real axis, where it would stay together for good.
        after = complex(after.real, np.sign(before.imag) * max(abs(after.imag), 2 * _REAL))
        partner = int(np.argmin(np.abs(values - np.conj(before))))
        values[index], values[partner] = after, np.conj(after)
    basis = _complex(story["basis"])
    laws = np.array(story["laws"], np.float32)
    laws[0] = (basis @ np.diag(values) @ np.linalg.inv(basis)).real
    return build(task, {**story, "laws": laws, "spectrum": _parts(values)})


def _complex(parts: Array) -> Array:
    return np.asarray(parts[..., 0] + 1j * parts[..., 1])


def _parts(numbers: Array) -> Array:
    """Real and imaginary parts on a last axis: checkpoints hold no complex numbers."""
    return np.stack([numbers.real, numbers.imag], -1).astype(np.float64)
