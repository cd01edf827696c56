"""Blocks of a matrix product with their sums in registers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from engine.nca.vector_ir import (
    FLOAT,
    LANES,
    at_least,
    clamp,
    fma,
    load,
    load_scalar,
    loop,
    offset,
    splat,
    store,
)

__all__ = ["TILE_COLUMNS", "TILE_ROWS", "tile1", "tile1_tall", "tile2", "tile3"]

TILE_ROWS = 4 if LANES == 8 else 8  # AVX has 16 registers, the two others 32
TILE_COLUMNS = 2 if LANES == 8 else 3


def _make_tile(columns: int, rows: int = TILE_ROWS) -> Any:
    @intrinsic
    def tile(  # type: ignore[no-untyped-def]
        typingctx, c, ldc, a, a_row, a_column, b, ldb, depth, start, ld_start, low, high
    ):
        signature = types.void(*[types.int64] * 10, types.float32, types.float32)

        def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            c, ldc, a, a_row, a_column, b, ldb, depth, start, ld_start, low, high = arguments
            accumulators = []
            row = start
            for _ in range(rows):
                for j in range(columns):
                    accumulators.append(load(builder, offset(builder, row, j * LANES)))
                row = offset(builder, row, ld_start)

            def body(k, carried):  # type: ignore[no-untyped-def]
                *sums, a_at, b_at = carried
                b_row = [load(builder, offset(builder, b_at, j * LANES)) for j in range(columns)]
                at = a_at
                out = []
                for i in range(rows):
                    spread = splat(builder, load_scalar(builder, at))
                    for j in range(columns):
                        out.append(fma(builder, spread, b_row[j], sums[i * columns + j]))
                    at = offset(builder, at, a_row)
                return [*out, offset(builder, a_at, a_column), offset(builder, b_at, ldb)]

            results = loop(builder, depth, [*accumulators, a, b], body)
            # Bounds take as long as the last steps of the sum: leave out those that cannot bind.
            infinity = ir.Constant(FLOAT, float("inf"))
            no_low = builder.fcmp_ordered("==", low, ir.Constant(FLOAT, float("-inf")))
            no_high = builder.fcmp_ordered("==", high, infinity)
            low, high = splat(builder, low), splat(builder, high)

            def put(bound: Callable[[ir.Value], ir.Value]) -> None:
                row = c
                for i in range(rows):
                    for j in range(columns):
                        value = bound(results[i * columns + j])
                        store(builder, value, offset(builder, row, j * LANES))
                    row = offset(builder, row, ldc)

            with builder.if_else(no_high) as (without, bounded):
                with without, builder.if_else(no_low) as (free, lower):
                    with free:
                        put(lambda value: value)
                    with lower:
                        put(lambda value: at_least(builder, value, low))
                with bounded:
                    put(lambda value: clamp(builder, value, low, high))
            return context.get_dummy_value()

        return signature, codegen

    tile.__doc__ = (
        f"C[:{rows}, :{columns * LANES}] = clamp(start + A B, low, high), sums in registers.\n\n"
        "A is read at `a + 4 * (i * a_row + k * a_column)` for k < depth, so it may be transposed."
    )
    return tile


tile1 = _make_tile(1)
tile1_tall = _make_tile(1, 2 * TILE_ROWS)  # one column alone is too few sums to hide the latency
tile2 = _make_tile(2)
tile3 = _make_tile(3)
