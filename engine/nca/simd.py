"""Explicit vector kernels that numba compiles: a matrix tile, the perception of a cell and its adjoint.

LLVM's automatic vectoriser keeps neither the accumulators of a matrix product in registers nor, on many
processors, uses their widest vectors. So the inner loops of the lab are written as LLVM vectors:
`tile` (a block of a matrix product with its accumulators in registers), `perceive` (identity, Sobel pair
and Laplacian of one cell, all channels side by side), `perceive_adjoint` (the transpose, scattered to the
nine neighbours) and `shift_cell` (the update of one cell). Everything is float32; addresses are integers in bytes, strides are in elements.
They do no bounds checks: the callers (`engine.nca.kernels`) own every buffer.

`LANES` follows the processor: 16 with AVX-512, 8 with AVX, else 4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = [
    "HAS_LAPLACIAN",
    "HAS_SOBEL",
    "LANES",
    "TILE_COLUMNS",
    "TILE_ROWS",
    "beyond",
    "clamp_line",
    "copy_line",
    "gate",
    "pass_inside",
    "perceive",
    "perceive_adjoint",
    "shift_cell",
    "tile1",
    "tile1_tall",
    "tile2",
    "tile3",
]


def _lanes() -> int:
    features = llvm.get_host_cpu_features()
    if features.get("avx512f") and features.get("avx512vl"):
        return 16
    return 8 if features.get("avx") else 4


LANES = _lanes()
TILE_ROWS = 4 if LANES == 8 else 8  # AVX has 16 registers, the two others 32
TILE_COLUMNS = 2 if LANES == 8 else 3

HAS_SOBEL = 1
HAS_LAPLACIAN = 2

_I = ir.IntType(64)
_F = ir.FloatType()
_V = ir.VectorType(_F, LANES)
_M = ir.VectorType(ir.IntType(1), LANES)
_IV = ir.VectorType(ir.IntType(32), LANES)


def _function(builder: ir.IRBuilder, name: str, returns: ir.Type, arguments: list[ir.Type]) -> Any:
    return cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(returns, arguments), f"llvm.{name}"
    )


def _splat(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    one = builder.insert_element(
        ir.Constant(_V, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
    )
    return builder.shuffle_vector(one, ir.Constant(_V, ir.Undefined), ir.Constant(_IV, [0] * LANES))


def _fma(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    return builder.call(_function(builder, f"fma.v{LANES}f32", _V, [_V, _V, _V]), [a, b, c])


def _offset(builder: ir.IRBuilder, address: ir.Value, elements: ir.Value | int) -> ir.Value:
    if isinstance(elements, int):
        return builder.add(address, ir.Constant(_I, elements * 4)) if elements else address
    return builder.add(address, builder.shl(elements, ir.Constant(_I, 2)))


def _load(builder: ir.IRBuilder, address: ir.Value) -> ir.Value:
    return builder.load(builder.inttoptr(address, _V.as_pointer()), align=4)


def _load_scalar(builder: ir.IRBuilder, address: ir.Value) -> ir.Value:
    return builder.load(builder.inttoptr(address, _F.as_pointer()), align=4)


def _store(builder: ir.IRBuilder, value: ir.Value, address: ir.Value) -> None:
    builder.store(value, builder.inttoptr(address, _V.as_pointer()), align=4)


def _load_masked(builder: ir.IRBuilder, address: ir.Value, mask: ir.Value) -> ir.Value:
    pointer = _V.as_pointer()
    load = _function(builder, f"masked.load.v{LANES}f32.p0", _V, [pointer, ir.IntType(32), _M, _V])
    four = ir.Constant(ir.IntType(32), 4)
    return builder.call(
        load, [builder.inttoptr(address, pointer), four, mask, ir.Constant(_V, [0.0] * LANES)]
    )


def _store_masked(
    builder: ir.IRBuilder, value: ir.Value, address: ir.Value, mask: ir.Value
) -> None:
    pointer = _V.as_pointer()
    store = _function(
        builder,
        f"masked.store.v{LANES}f32.p0",
        ir.VoidType(),
        [_V, pointer, ir.IntType(32), _M],
    )
    four = ir.Constant(ir.IntType(32), 4)
    builder.call(store, [value, builder.inttoptr(address, pointer), four, mask])


def _at_least(builder: ir.IRBuilder, value: ir.Value, low: ir.Value) -> ir.Value:
    # Compared so that a NaN passes through: a diverged network must show, not turn into zeros.
    return builder.select(builder.fcmp_ordered("<", value, low), low, value)


def _clamp(builder: ir.IRBuilder, value: ir.Value, low: ir.Value, high: ir.Value) -> ir.Value:
    value = _at_least(builder, value, low)
    return builder.select(builder.fcmp_ordered(">", value, high), high, value)


def _loop(
    builder: ir.IRBuilder,
    count: ir.Value,
    start: list[ir.Value],
    body: Callable[..., list[ir.Value]],
) -> list[ir.Value]:
    """`for k in range(count)` over values carried in registers (phi nodes, no memory)."""
    before = builder.block
    head = builder.append_basic_block("simd.head")
    inside = builder.append_basic_block("simd.body")
    after = builder.append_basic_block("simd.end")
    builder.branch(head)
    builder.position_at_end(head)
    k = builder.phi(_I)
    k.add_incoming(ir.Constant(_I, 0), before)
    carried = []
    for value in start:
        phi = builder.phi(value.type)
        phi.add_incoming(value, before)
        carried.append(phi)
    builder.cbranch(builder.icmp_signed("<", k, count), inside, after)
    builder.position_at_end(inside)
    results = body(k, carried)
    end = builder.block
    k.add_incoming(builder.add(k, ir.Constant(_I, 1)), end)
    for phi, value in zip(carried, results, strict=True):
        phi.add_incoming(value, end)
    builder.branch(head)
    builder.position_at_end(after)
    return carried


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
                    accumulators.append(_load(builder, _offset(builder, row, j * LANES)))
                row = _offset(builder, row, ld_start)

            def body(k, carried):  # type: ignore[no-untyped-def]
                *sums, a_at, b_at = carried
                b_row = [_load(builder, _offset(builder, b_at, j * LANES)) for j in range(columns)]
                at = a_at
                out = []
                for i in range(rows):
                    spread = _splat(builder, _load_scalar(builder, at))
                    for j in range(columns):
                        out.append(_fma(builder, spread, b_row[j], sums[i * columns + j]))
                    at = _offset(builder, at, a_row)
                return [*out, _offset(builder, a_at, a_column), _offset(builder, b_at, ldb)]

            results = _loop(builder, depth, [*accumulators, a, b], body)
            # Bounds take as long as the last steps of the sum: leave out those that cannot bind.
            infinity = ir.Constant(_F, float("inf"))
            no_low = builder.fcmp_ordered("==", low, ir.Constant(_F, float("-inf")))
            no_high = builder.fcmp_ordered("==", high, infinity)
            low, high = _splat(builder, low), _splat(builder, high)

            def put(bound: Callable[[ir.Value], ir.Value]) -> None:
                row = c
                for i in range(rows):
                    for j in range(columns):
                        value = bound(results[i * columns + j])
                        _store(builder, value, _offset(builder, row, j * LANES))
                    row = _offset(builder, row, ldc)

            with builder.if_else(no_high) as (without, bounded):
                with without, builder.if_else(no_low) as (free, lower):
                    with free:
                        put(lambda value: value)
                    with lower:
                        put(lambda value: _at_least(builder, value, low))
                with bounded:
                    put(lambda value: _clamp(builder, value, low, high))
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


def _channel_loop(
    builder: ir.IRBuilder, channels: ir.Value, body: Callable[[ir.Value, ir.Value], None]
) -> None:
    """`body(byte offset, mask)` for every vector of the channels of a cell."""
    lanes = ir.Constant(_I, LANES)
    count = builder.sdiv(builder.add(channels, ir.Constant(_I, LANES - 1)), lanes)
    ramp = ir.Constant(_IV, list(range(LANES)))

    def step(k: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
        first = builder.mul(k, lanes)
        left = builder.trunc(builder.sub(channels, first), ir.IntType(32))
        spread = builder.shuffle_vector(
            builder.insert_element(
                ir.Constant(_IV, ir.Undefined), left, ir.Constant(ir.IntType(32), 0)
            ),
            ir.Constant(_IV, ir.Undefined),
            ir.Constant(_IV, [0] * LANES),
        )
        mask = builder.icmp_signed("<", ramp, spread)
        body(builder.shl(first, ir.Constant(_I, 2)), mask)
        return []

    _loop(builder, count, [], step)


_NEIGHBOURS = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


@intrinsic
def perceive(
    typingctx, out, above, here, below, left, middle, right, channels, kinds, c, s, unit, at, clip
):  # type: ignore[no-untyped-def]
    """Write identity, Kx, Ky and/or Laplacian of one cell, `channels` values each, to `out`.

    `above`, `here`, `below` are the addresses of the three rows, `left`, `middle`, `right` the byte
    offsets of the three columns. `kinds` is a sum of `HAS_SOBEL` and `HAS_LAPLACIAN`; `c`, `s` are
    cosine and sine of the angle times the filter scale, `unit` the filter scale. `at` gives the byte
    offset of each filter's block in `out` as a tuple (identity, x, y, laplacian), -1 where absent.
    Values are bounded to +-`clip`.
    """
    offsets = types.UniTuple(types.int64, 4)
    signature = types.void(*[types.int64] * 9, *[types.float32] * 3, offsets, types.float32)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        out, above, here, below, left, middle, right, channels, kinds = arguments[:9]
        c, s, unit, at, clip = arguments[9:]
        low, high = _splat(builder, builder.fneg(clip)), _splat(builder, clip)
        rows = {-1: above, 0: here, 1: below}
        columns = {-1: left, 0: middle, 1: right}
        address = {(y, x): builder.add(rows[y], columns[x]) for y, x in _NEIGHBOURS}
        offsets = [builder.extract_value(at, i) for i in range(4)]
        c_v, s_v, unit_v = _splat(builder, c), _splat(builder, s), _splat(builder, unit)
        two = ir.Constant(_V, [2.0] * LANES)
        zero = ir.Constant(_I, 0)
        has_sobel = builder.icmp_signed("!=", builder.and_(kinds, ir.Constant(_I, 1)), zero)
        has_lap = builder.icmp_signed("!=", builder.and_(kinds, ir.Constant(_I, 2)), zero)

        def put(value, offset, where, mask):  # type: ignore[no-untyped-def]
            with builder.if_then(builder.icmp_signed(">=", offset, zero)):
                place = builder.add(builder.add(out, offset), where)
                _store_masked(builder, _clamp(builder, value, low, high), place, mask)

        def body(where: ir.Value, mask: ir.Value) -> None:
            cell = {
                n: _load_masked(builder, builder.add(a, where), mask) for n, a in address.items()
            }
            put(cell[0, 0], offsets[0], where, mask)
            with builder.if_then(has_sobel):
                rising = builder.fsub(cell[1, 1], cell[-1, -1])
                falling = builder.fsub(cell[-1, 1], cell[1, -1])
                gx = _fma(
                    builder,
                    two,
                    builder.fsub(cell[0, 1], cell[0, -1]),
                    builder.fadd(rising, falling),
                )
                gy = _fma(
                    builder,
                    two,
                    builder.fsub(cell[1, 0], cell[-1, 0]),
                    builder.fsub(rising, falling),
                )
                kx = builder.fsub(builder.fmul(c_v, gx), builder.fmul(s_v, gy))
                ky = _fma(builder, s_v, gx, builder.fmul(c_v, gy))
                put(kx, offsets[1], where, mask)
                put(ky, offsets[2], where, mask)
            with builder.if_then(has_lap):
                corners = builder.fadd(
                    builder.fadd(cell[-1, -1], cell[-1, 1]), builder.fadd(cell[1, -1], cell[1, 1])
                )
                edges = builder.fadd(
                    builder.fadd(cell[-1, 0], cell[1, 0]), builder.fadd(cell[0, -1], cell[0, 1])
                )
                lap = _fma(builder, two, edges, corners)
                lap = _fma(builder, ir.Constant(_V, [-12.0] * LANES), cell[0, 0], lap)
                put(builder.fmul(unit_v, lap), offsets[3], where, mask)

        _channel_loop(builder, channels, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def perceive_adjoint(
    typingctx, grad, above, here, below, left, middle, right, channels, kinds, c, s, unit, at
):  # type: ignore[no-untyped-def]
    """Add the transpose of `perceive` at `grad` (same layout as its `out`) to the nine neighbours."""
    signature = types.void(*[types.int64] * 9, *[types.float32] * 3, types.UniTuple(types.int64, 4))

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        grad, above, here, below, left, middle, right, channels, kinds, c, s, unit, at = arguments
        rows = {-1: above, 0: here, 1: below}
        columns = {-1: left, 0: middle, 1: right}
        address = {(y, x): builder.add(rows[y], columns[x]) for y, x in _NEIGHBOURS}
        offsets = [builder.extract_value(at, i) for i in range(4)]
        c_v, s_v, unit_v = _splat(builder, c), _splat(builder, s), _splat(builder, unit)
        two = ir.Constant(_V, [2.0] * LANES)
        zero = ir.Constant(_I, 0)
        nothing = ir.Constant(_M, [0] * LANES)

        def get(offset, where, mask):  # type: ignore[no-untyped-def]
            present = builder.icmp_signed(">=", offset, zero)
            place = builder.add(builder.add(grad, offset), where)
            return _load_masked(builder, place, builder.select(present, mask, nothing))

        def body(where: ir.Value, mask: ir.Value) -> None:
            kx, ky = get(offsets[1], where, mask), get(offsets[2], where, mask)
            gx = _fma(builder, s_v, ky, builder.fmul(c_v, kx))
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
                (0, 0): _fma(builder, ir.Constant(_V, [-12.0] * LANES), lap, same),
            }
            for n in _NEIGHBOURS:
                place = builder.add(address[n], where)
                value = builder.fadd(_load_masked(builder, place, mask), share[n])
                _store_masked(builder, value, place, mask)

        _channel_loop(builder, channels, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def shift_cell(typingctx, target, source, update, channels, step_size, clip):  # type: ignore[no-untyped-def]
    """target = clamp(source + step_size * update, +-clip) over the channels of one cell (addresses)."""
    signature = types.void(*[types.int64] * 4, *[types.float32] * 2)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        target, source, update, channels, step_size, clip = arguments
        low, high = _splat(builder, builder.fneg(clip)), _splat(builder, clip)
        factor = _splat(builder, step_size)

        def body(where: ir.Value, mask: ir.Value) -> None:
            value = _fma(
                builder,
                factor,
                _load_masked(builder, builder.add(update, where), mask),
                _load_masked(builder, builder.add(source, where), mask),
            )
            value = _clamp(builder, value, low, high)
            _store_masked(builder, value, builder.add(target, where), mask)

        _channel_loop(builder, channels, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def copy_line(typingctx, target, source, count):  # type: ignore[no-untyped-def]
    """Copy `count` float32 from one address to another; they do not overlap."""
    signature = types.void(types.int64, types.int64, types.int64)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        target, source, count = arguments
        byte = ir.IntType(8).as_pointer()
        copy = _function(
            builder, "memcpy.p0.p0.i64", ir.VoidType(), [byte, byte, _I, ir.IntType(1)]
        )
        size = builder.shl(count, ir.Constant(_I, 2))
        pointers = [builder.inttoptr(target, byte), builder.inttoptr(source, byte)]
        builder.call(copy, [*pointers, size, ir.Constant(ir.IntType(1), 0)])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def clamp_line(typingctx, target, source, count, clip):  # type: ignore[no-untyped-def]
    """target = clamp(source, +-clip) for `count` float32; both addresses may be the same."""
    signature = types.void(types.int64, types.int64, types.int64, types.float32)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        target, source, count, clip = arguments
        low, high = _splat(builder, builder.fneg(clip)), _splat(builder, clip)

        def body(where: ir.Value, mask: ir.Value) -> None:
            value = _load_masked(builder, builder.add(source, where), mask)
            value = _clamp(builder, value, low, high)
            _store_masked(builder, value, builder.add(target, where), mask)

        _channel_loop(builder, count, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def pass_inside(typingctx, gradient, value, count, clip):  # type: ignore[no-untyped-def]
    """Zero the gradient where |value| > clip, for `count` float32: the adjoint of `clamp_line`."""
    signature = types.void(types.int64, types.int64, types.int64, types.float32)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        gradient, value, count, clip = arguments
        low, high = _splat(builder, builder.fneg(clip)), _splat(builder, clip)
        zero = ir.Constant(_V, [0.0] * LANES)

        def body(where: ir.Value, mask: ir.Value) -> None:
            found = _load_masked(builder, builder.add(value, where), mask)
            inside = builder.and_(
                builder.fcmp_ordered(">=", found, low), builder.fcmp_ordered("<=", found, high)
            )
            place = builder.add(gradient, where)
            kept = builder.select(inside, _load_masked(builder, place, mask), zero)
            _store_masked(builder, kept, place, mask)

        _channel_loop(builder, count, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def beyond(typingctx, source, count, clip):  # type: ignore[no-untyped-def]
    """Whether any of `count` float32 lies outside +-clip."""
    signature = types.boolean(types.int64, types.int64, types.float32)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        source, count, clip = arguments
        low, high = _splat(builder, builder.fneg(clip)), _splat(builder, clip)
        found = cgutils.alloca_once_value(builder, ir.Constant(_M, [0] * LANES))

        def body(where: ir.Value, mask: ir.Value) -> None:
            value = _load_masked(builder, builder.add(source, where), mask)
            outside = builder.or_(
                builder.fcmp_ordered("<", value, low), builder.fcmp_ordered(">", value, high)
            )
            builder.store(builder.or_(builder.load(found), outside), found)

        _channel_loop(builder, count, body)
        any_lane = _function(builder, f"vector.reduce.or.v{LANES}i1", ir.IntType(1), [_M])
        return builder.call(any_lane, [builder.load(found)])

    return signature, codegen


@intrinsic
def gate(typingctx, gradient, hidden, total, rows, row_bytes, count, clip):  # type: ignore[no-untyped-def]
    """Adjoint of the hidden layer's bounds: zero the gradient where not 0 < hidden < clip.

    `gradient` and `hidden` are (rows, count) with `row_bytes` from row to row; the sum over the rows is
    added to `total`, (count,): the gradient of the bias. `count` is a multiple of `LANES`.
    """
    signature = types.void(*[types.int64] * 6, types.float32)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        gradient, hidden, total, rows, row_bytes, count, clip = arguments
        zero, high = ir.Constant(_V, [0.0] * LANES), _splat(builder, clip)

        def column(where: ir.Value, mask: ir.Value) -> None:
            def row(_: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
                total, grad_at, hidden_at = carried
                value = _load(builder, hidden_at)
                open_ = builder.and_(
                    builder.fcmp_ordered(">", value, zero), builder.fcmp_ordered("<", value, high)
                )
                kept = builder.select(open_, _load(builder, grad_at), zero)
                _store(builder, kept, grad_at)
                following = [builder.add(at, row_bytes) for at in (grad_at, hidden_at)]
                return [builder.fadd(total, kept), *following]

            place = builder.add(total, where)
            start = [
                _load(builder, place),
                builder.add(gradient, where),
                builder.add(hidden, where),
            ]
            _store(builder, _loop(builder, rows, start, row)[0], place)

        _channel_loop(builder, count, column)
        return context.get_dummy_value()

    return signature, codegen
