"""Numba kernels of the mesa layer: 16 sequences (8 in float64) at once, one step after another.

A lane is a stretch of one head-sequence. Per lane and step the forward pass takes the key into the
factors of ``H_t + lam I = L D L^T``, solves for ``q*_t``, and moves ``G_t = sum v k^T`` on: O(K^2).
The factors are updated, not the inverse: method C1 of Gill, Golub, Murray and Saunders (Methods for
modifying matrix factorizations, 1974) only adds positive numbers to D, so that float32 loses what
the condition of H costs and no more. The backward pass reads on once (``dq*``, ``u``), then back.

A block is packed as (steps, K, lanes); all indices count vectors. Kernels release the GIL,
allocate nothing and are never `parallel=True`: `engine.attention.mesa_fused` shares the blocks out.

`room` is the scratch of one worker, of `rooms` vectors: rows of L below its diagonal, D, 1/D, two
rows of coefficients, the reduced right side, then running sums.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from engine.attention.mesa_lanes import load, splat, store

__all__ = ["backward", "forward", "pack", "retreat", "rooms", "unpack"]


def rooms(size: int, values: int) -> int:
    """Vectors of scratch for keys of `size` and values of `values` numbers."""
    return size * (size - 1) // 2 + 6 * size + size * (size + values)


@njit(nogil=True, cache=True)
def pack(block: int, chunks: int, source: Any, target: Any) -> None:
    """Bring a block of (N, T, K) into lanes; a sequence has `chunks` lanes, one after the other."""
    count, length, size = source.shape
    steps, _, lanes = target.shape
    for step in range(steps):
        for lane in range(lanes):
            n, chunk = divmod(block * lanes + lane, chunks)
            t = chunk * steps + step
            if n < count and t < length:
                for j in range(size):
                    target[step, j, lane] = source[n, t, j]
            else:
                for j in range(size):
                    target[step, j, lane] = 0


@njit(nogil=True, cache=True)
def unpack(block: int, chunks: int, source: Any, target: Any) -> None:
    """The way back of `pack`."""
    count, length, size = target.shape
    steps, _, lanes = source.shape
    for step in range(steps):
        for lane in range(lanes):
            n, chunk = divmod(block * lanes + lane, chunks)
            t = chunk * steps + step
            if n < count and t < length:
                for j in range(size):
                    target[n, t, j] = source[step, j, lane]


@njit(nogil=True, cache=True)
def _begin(block: int, size: int, lam: Any, squares: Any, room: Any) -> None:
    """Factor what was read before: `squares` (N chunks, K, K), or nothing if that is empty."""
    lanes = lam.shape[1]
    diagonal, inverse, pivot = size * (size - 1) // 2, size * (size + 1) // 2, splat(lam, 1.0)
    for i in range(size):
        row = i * (i - 1) // 2
        for j in range(i + 1):
            place = row + j if j < i else diagonal + i
            for lane in range(lanes):
                n = block * lanes + lane
                room[place, lane] = squares[n, i, j] if n < len(squares) else 0
        total = load(room, diagonal + i) + load(lam, block)
        for j in range(i):
            x = load(room, row + j)
            for m in range(j):
                x = x - load(room, row + m) * load(room, j * (j - 1) // 2 + m)
            store(room, row + j, x)
        for j in range(i):
            x = load(room, row + j)
            scaled = x * load(room, inverse + j)
            total = total - x * scaled
            store(room, row + j, scaled)
        store(room, diagonal + i, total)
        store(room, inverse + i, pivot / total)


@njit(nogil=True, cache=True)
def _solve(size: int, key: Any, side: Any, at: int, answer: Any, room: Any) -> None:
    """Take a key into the factors, then solve for a right side; `at` is the place in all three."""
    diagonal = size * (size - 1) // 2
    inverse, moved, gain, reduced = (
        diagonal + size,
        diagonal + 2 * size,
        diagonal + 3 * size,
        diagonal + 4 * size,
    )
    one = splat(room, 1.0)
    weight = one
    for i in range(size):
        row = i * (i - 1) // 2
        w, z = load(key, at + i), load(side, at + i)
        for j in range(i):
            x = load(room, row + j)
            w = w - load(room, moved + j) * x
            x = x + load(room, gain + j) * w
            store(room, row + j, x)
            z = z - x * load(room, reduced + j)
        old = load(room, diagonal + i)
        new = old + weight * w * w
        share = one / new
        store(room, diagonal + i, new)
        store(room, inverse + i, share)
        store(room, moved + i, w)
        store(room, gain + i, weight * w * share)
        store(room, reduced + i, z)
        weight = weight * old * share
    for i in range(size):
        store(room, reduced + i, load(room, reduced + i) * load(room, inverse + i))
    for i in range(size - 1, -1, -1):
        row = i * (i - 1) // 2
        x = load(room, reduced + i)
        store(answer, at + i, x)
        for j in range(i):
            store(room, reduced + j, load(room, reduced + j) - load(room, row + j) * x)


@njit(nogil=True, cache=True)
def _bring(block: int, rows: int, columns: int, before: Any, room: Any, place: int) -> None:
    """Begin a running sum: with `before` (N chunks, rows, columns), or 0 if that is empty."""
    lanes = room.shape[1]
    for i in range(rows):
        for j in range(columns):
            for lane in range(lanes):
                n = block * lanes + lane
                room[place + i * columns + j, lane] = before[n, i, j] if n < len(before) else 0


@njit(nogil=True, cache=True)
def _read(
    room: Any,
    place: int,
    rows: int,
    columns: int,
    a: Any,
    a_at: int,
    b: Any,
    x: Any,
    at: int,
    out: Any,
) -> None:
    """Add ``a b^T`` to a running sum, and multiply it by x: (rows,) into `out`, at `a_at`."""
    for i in range(rows):
        factor, total = load(a, a_at + i), splat(room, 0.0)
        for j in range(columns):
            y = load(room, place) + factor * load(b, at + j)
            store(room, place, y)
            total = total + y * load(x, at + j)
            place += 1
        store(out, a_at + i, total)


@njit(nogil=True, cache=True)
def forward(
    block: int, lam: Any, before: Any, packed: Any, solved: Any, out: Any, room: Any
) -> None:
    """Predict a block.

    lam : (blocks, lanes). before : sums at the lanes' starts, (N chunks, K, K) of keys and (N
    chunks, V, K) of values and keys. packed : queries, keys, values. solved, out : written, ``q*``
    and o.
    """
    queries, keys, values = packed
    steps, size, _ = keys.shape
    width = values.shape[1]
    place = size * (size - 1) // 2 + 6 * size
    _begin(block, size, lam, before[0], room)
    _bring(block, width, size, before[1], room, place)
    for step in range(steps):
        at, v_at = step * size, step * width
        _solve(size, keys, queries, at, solved, room)
        _read(room, place, width, size, values, v_at, keys, solved, at, out)


@njit(nogil=True, cache=True)
def backward(
    block: int, lam: Any, before: Any, packed: Any, slopes: Any, u: Any, room: Any
) -> None:
    """The first half of the gradient, on through time: ``dq*`` into u, then solved in place.

    before : as for `forward`, but of keys and values (N chunks, K, V). packed : keys, values.
    """
    keys, values = packed
    steps, size, _ = keys.shape
    width = values.shape[1]
    place = size * (size - 1) // 2 + 6 * size
    _begin(block, size, lam, before[0], room)
    _bring(block, size, width, before[1], room, place)
    for step in range(steps):
        at, v_at = step * size, step * width
        _read(room, place, size, width, keys, at, values, slopes, v_at, u)
        _solve(size, keys, u, at, u, room)


@njit(nogil=True, cache=True)
def retreat(
    block: int, after: Any, packed: Any, solved: Any, slopes: Any, u: Any, gradients: Any, room: Any
) -> None:
    """The second half, back through time.

    after : sums at the lanes' ends, ``q* g^T`` (N chunks, K, V) and ``q* u^T`` (N chunks, K, K).
    gradients : written: of keys and values, packed; of lam (blocks, lanes).
    """
    keys, values = packed
    to_keys, to_values, to_lam = gradients
    steps, size, _ = keys.shape
    width = values.shape[1]
    second = size * width
    side = second + size * size
    zero = splat(room, 0.0)
    _bring(block, size, width, after[0], room, 0)
    _bring(block, size, size, after[1], room, second)
    loss = zero
    for step in range(steps - 1, -1, -1):
        at, v_at = step * size, step * width
        for j in range(width):
            store(to_values, v_at + j, zero)
        for j in range(size):
            store(room, side + j, zero)
        for i in range(size):
            x, key, total = load(solved, at + i), load(keys, at + i), zero
            loss = loss - x * load(u, at + i)
            for j in range(width):
                y = load(room, i * width + j) + x * load(slopes, v_at + j)
                store(room, i * width + j, y)
                total = total + y * load(values, v_at + j)
                store(to_values, v_at + j, load(to_values, v_at + j) + y * key)
            for j in range(size):
                y = load(room, second + i * size + j) + x * load(u, at + j)
                store(room, second + i * size + j, y)
                total = total - y * load(keys, at + j)
                store(room, side + j, load(room, side + j) + y * key)
            store(to_keys, at + i, total)
        for j in range(size):
            store(to_keys, at + j, load(to_keys, at + j) - load(room, side + j))
    store(to_lam, block, loss)
