"""Runs of float32 values: copy, add, bound, and the transposes of bounds."""

from __future__ import annotations

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from engine.nca.vector_ir import (
    INDEX,
    LANES,
    MASK,
    VECTOR,
    channel_loop,
    clamp,
    fma,
    function,
    load,
    load_masked,
    loop,
    splat,
    store,
    store_masked,
)

__all__ = ["beyond", "clamp_line", "copy_line", "gate", "pass_inside", "shift_cell"]


@intrinsic
def shift_cell(typingctx, target, source, update, channels, step_size, clip):  # type: ignore[no-untyped-def]
    """Set target to source + step_size * update within +-clip, for the channels of one cell."""
    signature = types.void(*[types.int64] * 4, *[types.float32] * 2)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        target, source, update, channels, step_size, clip = arguments
        low, high = splat(builder, builder.fneg(clip)), splat(builder, clip)
        factor = splat(builder, step_size)

        def body(where: ir.Value, mask: ir.Value) -> None:
            value = fma(
                builder,
                factor,
                load_masked(builder, builder.add(update, where), mask),
                load_masked(builder, builder.add(source, where), mask),
            )
            value = clamp(builder, value, low, high)
            store_masked(builder, value, builder.add(target, where), mask)

        channel_loop(builder, channels, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def copy_line(typingctx, target, source, count):  # type: ignore[no-untyped-def]
    """Copy `count` float32 from one address to another; they do not overlap."""
    signature = types.void(types.int64, types.int64, types.int64)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        target, source, count = arguments
        byte = ir.IntType(8).as_pointer()
        copy = function(
            builder, "memcpy.p0.p0.i64", ir.VoidType(), [byte, byte, INDEX, ir.IntType(1)]
        )
        size = builder.shl(count, ir.Constant(INDEX, 2))
        pointers = [builder.inttoptr(target, byte), builder.inttoptr(source, byte)]
        builder.call(copy, [*pointers, size, ir.Constant(ir.IntType(1), 0)])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def clamp_line(typingctx, target, source, count, clip):  # type: ignore[no-untyped-def]
    """Set target to source within +-clip, for `count` float32; both addresses may be the same."""
    signature = types.void(types.int64, types.int64, types.int64, types.float32)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        target, source, count, clip = arguments
        low, high = splat(builder, builder.fneg(clip)), splat(builder, clip)

        def body(where: ir.Value, mask: ir.Value) -> None:
            value = load_masked(builder, builder.add(source, where), mask)
            value = clamp(builder, value, low, high)
            store_masked(builder, value, builder.add(target, where), mask)

        channel_loop(builder, count, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def pass_inside(typingctx, gradient, value, count, clip):  # type: ignore[no-untyped-def]
    """Zero the gradient where |value| > clip, for `count` float32: the adjoint of `clamp_line`."""
    signature = types.void(types.int64, types.int64, types.int64, types.float32)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        gradient, value, count, clip = arguments
        low, high = splat(builder, builder.fneg(clip)), splat(builder, clip)
        zero = ir.Constant(VECTOR, [0.0] * LANES)

        def body(where: ir.Value, mask: ir.Value) -> None:
            found = load_masked(builder, builder.add(value, where), mask)
            inside = builder.and_(
                builder.fcmp_ordered(">=", found, low), builder.fcmp_ordered("<=", found, high)
            )
            place = builder.add(gradient, where)
            kept = builder.select(inside, load_masked(builder, place, mask), zero)
            store_masked(builder, kept, place, mask)

        channel_loop(builder, count, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def beyond(typingctx, source, count, clip):  # type: ignore[no-untyped-def]
    """Whether any of `count` float32 lies outside +-clip."""
    signature = types.boolean(types.int64, types.int64, types.float32)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        source, count, clip = arguments
        low, high = splat(builder, builder.fneg(clip)), splat(builder, clip)
        found = cgutils.alloca_once_value(builder, ir.Constant(MASK, [0] * LANES))

        def body(where: ir.Value, mask: ir.Value) -> None:
            value = load_masked(builder, builder.add(source, where), mask)
            outside = builder.or_(
                builder.fcmp_ordered("<", value, low), builder.fcmp_ordered(">", value, high)
            )
            builder.store(builder.or_(builder.load(found), outside), found)

        channel_loop(builder, count, body)
        any_lane = function(builder, f"vector.reduce.or.v{LANES}i1", ir.IntType(1), [MASK])
        return builder.call(any_lane, [builder.load(found)])

    return signature, codegen


@intrinsic
def gate(typingctx, gradient, hidden, total, rows, row_bytes, count, clip):  # type: ignore[no-untyped-def]
    """Adjoint of the hidden layer's bounds: zero the gradient where not 0 < hidden < clip.

    `gradient` and `hidden` are (rows, count) with `row_bytes` from row to row; the sum over the
    rows is added to `total`, (count,): the gradient of the bias. `count` is a multiple of `LANES`.
    """
    signature = types.void(*[types.int64] * 6, types.float32)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        gradient, hidden, total, rows, row_bytes, count, clip = arguments
        zero, high = ir.Constant(VECTOR, [0.0] * LANES), splat(builder, clip)

        def column(where: ir.Value, mask: ir.Value) -> None:
            def row(_: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
                total, grad_at, hidden_at = carried
                value = load(builder, hidden_at)
                open_ = builder.and_(
                    builder.fcmp_ordered(">", value, zero), builder.fcmp_ordered("<", value, high)
                )
                kept = builder.select(open_, load(builder, grad_at), zero)
                store(builder, kept, grad_at)
                following = [builder.add(at, row_bytes) for at in (grad_at, hidden_at)]
                return [builder.fadd(total, kept), *following]

            place = builder.add(total, where)
            start = [
                load(builder, place),
                builder.add(gradient, where),
                builder.add(hidden, where),
            ]
            store(builder, loop(builder, rows, start, row)[0], place)

        channel_loop(builder, count, column)
        return context.get_dummy_value()

    return signature, codegen
