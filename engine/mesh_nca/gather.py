"""Perception of a vertex by whole vectors, and its transpose.

Both gather along the one-ring, so nothing is written by two vertices. Addresses are in bytes, as in
`engine.nca.vector_ir`; nothing checks bounds. Numba's cache on disk looks at the file of the
compiled function only: who changes this module touches `kernels.py` and `adjoint.py` too.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from engine.nca.vector_ir import (
    INDEX,
    LANES,
    VECTOR,
    channel_loop,
    fma,
    load_masked,
    load_scalar,
    loop,
    offset,
    splat,
    store_masked,
)

__all__ = ["collect1", "collect4", "collect9", "perceive1", "perceive4", "perceive9"]

_INT32 = ir.IntType(32)
_ZERO = ir.Constant(VECTOR, [0.0] * LANES)


def _number(builder: ir.IRBuilder, address: ir.Value, k: ir.Value) -> ir.Value:
    """The k-th int32 from an address on."""
    place = builder.inttoptr(offset(builder, address, k), _INT32.as_pointer())
    return builder.sext(builder.load(place, align=4), INDEX)


def _times(builder: ir.IRBuilder, value: ir.Value, factor: int) -> ir.Value:
    return builder.mul(value, ir.Constant(INDEX, factor))


def _make_perceive(harmonics: int) -> Any:
    @intrinsic
    def perceive(typingctx, out, state, own, ring, factors, count, channels):  # type: ignore[no-untyped-def]
        signature = types.void(*[types.int64] * 7)

        def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            out, state, own, ring, factors, count, channels = arguments
            cell = _times(builder, channels, 4)
            here = builder.add(state, builder.mul(own, cell))

            def body(where: ir.Value, mask: ir.Value) -> None:
                mine = load_masked(builder, builder.add(here, where), mask)
                base = builder.add(state, where)

                def edge(k: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
                    *sums, at = carried
                    place = builder.add(base, builder.mul(_number(builder, ring, k), cell))
                    away = builder.fsub(load_masked(builder, place, mask), mine)
                    weights = [
                        splat(builder, load_scalar(builder, offset(builder, at, h)))
                        for h in range(harmonics)
                    ]
                    added = [fma(builder, w, away, s) for w, s in zip(weights, sums, strict=True)]
                    return [*added, offset(builder, at, harmonics)]

                sums = loop(builder, count, [_ZERO] * harmonics + [factors], edge)[:-1]
                to = builder.add(out, where)
                for total in (*sums, mine):
                    store_masked(builder, total, to, mask)
                    to = builder.add(to, cell)

            channel_loop(builder, channels, body)
            return context.get_dummy_value()

        return signature, codegen

    perceive.__doc__ = (
        f"Write {harmonics} sums over neighbours j of factor (x_j - x_i), then x_i, to `out`.\n\n"
        "state : address of all states; own : number i; ring : address of `count` int32 numbers j; "
        f"factors : address of `count` times {harmonics} float32."
    )
    return perceive


def _make_collect(harmonics: int) -> Any:
    @intrinsic
    def collect(typingctx, target, start, rows, stride, slots, ring, factors, count, channels):  # type: ignore[no-untyped-def]
        signature = types.void(*[types.int64] * 9)

        def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            target, start, rows, stride, slots, ring, factors, count, channels = arguments
            cell = _times(builder, channels, 4)

            def row_of(k: ir.Value) -> ir.Value:
                slot = _number(builder, slots, _number(builder, ring, k))
                return builder.add(rows, builder.mul(slot, stride))

            def body(where: ir.Value, mask: ir.Value) -> None:
                def edge(k: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
                    *sums, at = carried
                    row = builder.add(row_of(k), where)
                    added = []
                    for h, total in enumerate(sums):
                        weight = splat(builder, load_scalar(builder, offset(builder, at, h)))
                        added.append(fma(builder, weight, load_masked(builder, row, mask), total))
                        row = builder.add(row, cell)
                    return [*added, offset(builder, at, harmonics)]

                sums = loop(builder, count, [_ZERO] * harmonics + [factors], edge)[:-1]
                own = builder.add(row_of(ir.Constant(INDEX, 0)), _times(builder, cell, harmonics))
                total = load_masked(builder, builder.add(own, where), mask)
                for term in sums:
                    total = builder.fadd(total, term)
                passed = load_masked(builder, builder.add(start, where), mask)
                store_masked(builder, builder.fadd(passed, total), builder.add(target, where), mask)

            channel_loop(builder, channels, body)
            return context.get_dummy_value()

        return signature, codegen

    collect.__doc__ = (
        "Set target to start plus the transpose of the perception, for one vertex.\n\n"
        "The first of `ring` is the vertex itself. Vertex j's gradient is the row slots[j] of "
        f"`rows`, `stride` bytes apart: {harmonics} blocks and that of the state itself."
    )
    return collect


perceive1, perceive4, perceive9 = (_make_perceive(k) for k in (1, 4, 9))
collect1, collect4, collect9 = (_make_collect(k) for k in (1, 4, 9))
