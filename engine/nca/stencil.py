"""Perception of one cell (identity, Sobel pair, Laplacian) and its transpose, by whole vectors."""

from __future__ import annotations

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from engine.nca.vector_ir import (
    INDEX,
    LANES,
    MASK,
    VECTOR,
    channel_loop,
    clamp,
    fma,
    load_masked,
    splat,
    store_masked,
)

__all__ = ["HAS_LAPLACIAN", "HAS_SOBEL", "perceive", "perceive_adjoint"]

HAS_SOBEL = 1
HAS_LAPLACIAN = 2
_NEIGHBOURS = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


@intrinsic
def perceive(  # type: ignore[no-untyped-def]
    typingctx, out, above, here, below, left, middle, right, channels, kinds, c, s, unit, at, clip
):
    """Write identity, Kx, Ky and/or Laplacian of one cell, `channels` values each, to `out`.

    `above`, `here`, `below` are the addresses of the three rows, `left`, `middle`, `right` the byte
    offsets of the three columns. `kinds` is a sum of `HAS_SOBEL` and `HAS_LAPLACIAN`; `c`, `s` are
    cosine and sine of the angle times the filter scale, `unit` the filter scale. `at` gives the
    byte offset of each filter's block in `out` as a tuple (identity, x, y, laplacian), -1 where
    absent. Values are bounded to +-`clip`.
    """
    offsets = types.UniTuple(types.int64, 4)
    signature = types.void(*[types.int64] * 9, *[types.float32] * 3, offsets, types.float32)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        out, above, here, below, left, middle, right, channels, kinds = arguments[:9]
        c, s, unit, at, clip = arguments[9:]
        low, high = splat(builder, builder.fneg(clip)), splat(builder, clip)
        rows = {-1: above, 0: here, 1: below}
        columns = {-1: left, 0: middle, 1: right}
        address = {(y, x): builder.add(rows[y], columns[x]) for y, x in _NEIGHBOURS}
        offsets = [builder.extract_value(at, i) for i in range(4)]
        c_v, s_v, unit_v = splat(builder, c), splat(builder, s), splat(builder, unit)
        two = ir.Constant(VECTOR, [2.0] * LANES)
        zero = ir.Constant(INDEX, 0)
        has_sobel = builder.icmp_signed("!=", builder.and_(kinds, ir.Constant(INDEX, 1)), zero)
        has_lap = builder.icmp_signed("!=", builder.and_(kinds, ir.Constant(INDEX, 2)), zero)

        def put(value: ir.Value, offset: ir.Value, where: ir.Value, mask: ir.Value) -> None:
            with builder.if_then(builder.icmp_signed(">=", offset, zero)):
                place = builder.add(builder.add(out, offset), where)
                store_masked(builder, clamp(builder, value, low, high), place, mask)

        def body(where: ir.Value, mask: ir.Value) -> None:
            cell = {
                n: load_masked(builder, builder.add(a, where), mask) for n, a in address.items()
            }
            put(cell[0, 0], offsets[0], where, mask)
            with builder.if_then(has_sobel):
                rising = builder.fsub(cell[1, 1], cell[-1, -1])
                falling = builder.fsub(cell[-1, 1], cell[1, -1])
                gx = fma(
                    builder,
                    two,
                    builder.fsub(cell[0, 1], cell[0, -1]),
                    builder.fadd(rising, falling),
                )
                gy = fma(
                    builder,
                    two,
                    builder.fsub(cell[1, 0], cell[-1, 0]),
                    builder.fsub(rising, falling),
                )
                kx = builder.fsub(builder.fmul(c_v, gx), builder.fmul(s_v, gy))
                ky = fma(builder, s_v, gx, builder.fmul(c_v, gy))
                put(kx, offsets[1], where, mask)
                put(ky, offsets[2], where, mask)
            with builder.if_then(has_lap):
                corners = builder.fadd(
                    builder.fadd(cell[-1, -1], cell[-1, 1]), builder.fadd(cell[1, -1], cell[1, 1])
                )
                edges = builder.fadd(
                    builder.fadd(cell[-1, 0], cell[1, 0]), builder.fadd(cell[0, -1], cell[0, 1])
                )
                lap = fma(builder, two, edges, corners)
                lap = fma(builder, ir.Constant(VECTOR, [-12.0] * LANES), cell[0, 0], lap)
                put(builder.fmul(unit_v, lap), offsets[3], where, mask)

        channel_loop(builder, channels, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def perceive_adjoint(  # type: ignore[no-untyped-def]
    typingctx, grad, above, here, below, left, middle, right, channels, kinds, c, s, unit, at
):
    """Add the transpose of `perceive` to the nine neighbours; `grad` is laid out as its `out`."""
    signature = types.void(*[types.int64] * 9, *[types.float32] * 3, types.UniTuple(types.int64, 4))

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        grad, above, here, below, left, middle, right, channels, _, c, s, unit, at = arguments
        rows = {-1: above, 0: here, 1: below}
        columns = {-1: left, 0: middle, 1: right}
        address = {(y, x): builder.add(rows[y], columns[x]) for y, x in _NEIGHBOURS}
        offsets = [builder.extract_value(at, i) for i in range(4)]
        c_v, s_v, unit_v = splat(builder, c), splat(builder, s), splat(builder, unit)
        two = ir.Constant(VECTOR, [2.0] * LANES)
        zero = ir.Constant(INDEX, 0)
        nothing = ir.Constant(MASK, [0] * LANES)

        def get(offset: ir.Value, where: ir.Value, mask: ir.Value) -> ir.Value:
            present = builder.icmp_signed(">=", offset, zero)
            place = builder.add(builder.add(grad, offset), where)
            return load_masked(builder, place, builder.select(present, mask, nothing))

        def body(where: ir.Value, mask: ir.Value) -> None:
            kx, ky = get(offsets[1], where, mask), get(offsets[2], where, mask)
            gx = fma(builder, s_v, ky, builder.fmul(c_v, kx))
            gy = builder.fsub(builder.fmul(c_v, ky), builder.fmul(s_v, kx))
            lap = builder.fmul(unit_v, get(offsets[3], where, mask))
            same = get(offsets[0], where, mask)
            twice = builder.fmul(two, lap)
            rising, falling = builder.fadd(gx, gy), builder.fsub(gx, gy)
            gx2, gy2 = builder.fmul(two, gx), builder.fmul(two, gy)
            share = {
                (1, 1): builder.fadd(lap, rising),
                (-1, -1): builder.fsub(lap, rising),
                (-1, 1): builder.fadd(lap, falling),
                (1, -1): builder.fsub(lap, falling),
                (0, 1): builder.fadd(twice, gx2),
                (0, -1): builder.fsub(twice, gx2),
                (1, 0): builder.fadd(twice, gy2),
                (-1, 0): builder.fsub(twice, gy2),
                (0, 0): fma(builder, ir.Constant(VECTOR, [-12.0] * LANES), lap, same),
            }
            for n in _NEIGHBOURS:
                place = builder.add(address[n], where)
                value = builder.fadd(load_masked(builder, place, mask), share[n])
                store_masked(builder, value, place, mask)

        channel_loop(builder, channels, body)
        return context.get_dummy_value()

    return signature, codegen
