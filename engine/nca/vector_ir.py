"""LLVM vectors for numba: the few instructions of which the kernels' inner loops are made.

LLVM's automatic vectoriser keeps neither the accumulators of a matrix product in registers nor, on
many processors, uses their widest vectors. So the inner loops are written as vectors:
`engine.nca.tile` (products), `engine.nca.stencil` (perception) and `engine.nca.lines` (runs of
values). All values are float32; addresses are integers in bytes, strides are in elements. Nothing
checks bounds: the callers (`engine.nca.kernels`, `engine.nca.adjoint`) own every buffer.

Numba's cache on disk looks at the file of the compiled function only: who changes these modules
touches `kernels.py` and `adjoint.py` too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils

__all__ = [
    "FLOAT",
    "INDEX",
    "INDICES",
    "LANES",
    "MASK",
    "VECTOR",
    "at_least",
    "channel_loop",
    "clamp",
    "fma",
    "function",
    "load",
    "load_masked",
    "load_scalar",
    "loop",
    "offset",
    "splat",
    "store",
    "store_masked",
]


def _lanes() -> int:
    features = llvm.get_host_cpu_features()
    if features.get("avx512f") and features.get("avx512vl"):
        return 16
    return 8 if features.get("avx") else 4


LANES = _lanes()
"""Values in a vector: 16 with AVX-512, 8 with AVX, else 4."""

INDEX = ir.IntType(64)
FLOAT = ir.FloatType()
VECTOR = ir.VectorType(FLOAT, LANES)
MASK = ir.VectorType(ir.IntType(1), LANES)
INDICES = ir.VectorType(ir.IntType(32), LANES)


def function(builder: ir.IRBuilder, name: str, returns: ir.Type, arguments: list[ir.Type]) -> Any:
    """Declare an LLVM intrinsic in the module under construction."""
    return cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(returns, arguments), f"llvm.{name}"
    )


def splat(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """Spread a scalar over all lanes."""
    one = builder.insert_element(
        ir.Constant(VECTOR, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
    )
    return builder.shuffle_vector(
        one, ir.Constant(VECTOR, ir.Undefined), ir.Constant(INDICES, [0] * LANES)
    )


def fma(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    """Make a * b + c, rounded once."""
    return builder.call(
        function(builder, f"fma.v{LANES}f32", VECTOR, [VECTOR, VECTOR, VECTOR]), [a, b, c]
    )


def offset(builder: ir.IRBuilder, address: ir.Value, elements: ir.Value | int) -> ir.Value:
    """Move an address by a number of float32."""
    if isinstance(elements, int):
        return builder.add(address, ir.Constant(INDEX, elements * 4)) if elements else address
    return builder.add(address, builder.shl(elements, ir.Constant(INDEX, 2)))


def load(builder: ir.IRBuilder, address: ir.Value) -> ir.Value:
    """Load a vector."""
    return builder.load(builder.inttoptr(address, VECTOR.as_pointer()), align=4)


def load_scalar(builder: ir.IRBuilder, address: ir.Value) -> ir.Value:
    """Load one value."""
    return builder.load(builder.inttoptr(address, FLOAT.as_pointer()), align=4)


def store(builder: ir.IRBuilder, value: ir.Value, address: ir.Value) -> None:
    """Store a vector."""
    builder.store(value, builder.inttoptr(address, VECTOR.as_pointer()), align=4)


def load_masked(builder: ir.IRBuilder, address: ir.Value, mask: ir.Value) -> ir.Value:
    """Load the lanes of the mask; zero elsewhere."""
    pointer = VECTOR.as_pointer()
    masked = function(
        builder, f"masked.load.v{LANES}f32.p0", VECTOR, [pointer, ir.IntType(32), MASK, VECTOR]
    )
    four = ir.Constant(ir.IntType(32), 4)
    return builder.call(
        masked, [builder.inttoptr(address, pointer), four, mask, ir.Constant(VECTOR, [0.0] * LANES)]
    )


def store_masked(builder: ir.IRBuilder, value: ir.Value, address: ir.Value, mask: ir.Value) -> None:
    """Store the lanes of the mask."""
    pointer = VECTOR.as_pointer()
    masked = function(
        builder,
        f"masked.store.v{LANES}f32.p0",
        ir.VoidType(),
        [VECTOR, pointer, ir.IntType(32), MASK],
    )
    four = ir.Constant(ir.IntType(32), 4)
    builder.call(masked, [value, builder.inttoptr(address, pointer), four, mask])


def at_least(builder: ir.IRBuilder, value: ir.Value, low: ir.Value) -> ir.Value:
    """Bound from below; a NaN passes: a diverged network must show, not turn into zeros."""
    return builder.select(builder.fcmp_ordered("<", value, low), low, value)


def clamp(builder: ir.IRBuilder, value: ir.Value, low: ir.Value, high: ir.Value) -> ir.Value:
    """Bound from both sides; a NaN passes."""
    value = at_least(builder, value, low)
    return builder.select(builder.fcmp_ordered(">", value, high), high, value)


def loop(
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
    k = builder.phi(INDEX)
    k.add_incoming(ir.Constant(INDEX, 0), before)
    carried = []
    for value in start:
        phi = builder.phi(value.type)
        phi.add_incoming(value, before)
        carried.append(phi)
    builder.cbranch(builder.icmp_signed("<", k, count), inside, after)
    builder.position_at_end(inside)
    results = body(k, carried)
    end = builder.block
    k.add_incoming(builder.add(k, ir.Constant(INDEX, 1)), end)
    for phi, value in zip(carried, results, strict=True):
        phi.add_incoming(value, end)
    builder.branch(head)
    builder.position_at_end(after)
    return carried


def channel_loop(
    builder: ir.IRBuilder, channels: ir.Value, body: Callable[[ir.Value, ir.Value], None]
) -> None:
    """`body(byte offset, mask)` for every vector of the channels of a cell."""
    lanes = ir.Constant(INDEX, LANES)
    count = builder.sdiv(builder.add(channels, ir.Constant(INDEX, LANES - 1)), lanes)
    ramp = ir.Constant(INDICES, list(range(LANES)))

    def step(k: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
        first = builder.mul(k, lanes)
        left = builder.trunc(builder.sub(channels, first), ir.IntType(32))
        spread = builder.shuffle_vector(
            builder.insert_element(
                ir.Constant(INDICES, ir.Undefined), left, ir.Constant(ir.IntType(32), 0)
            ),
            ir.Constant(INDICES, ir.Undefined),
            ir.Constant(INDICES, [0] * LANES),
        )
        mask = builder.icmp_signed("<", ramp, spread)
        body(builder.shl(first, ir.Constant(INDEX, 2)), mask)
        return []

    loop(builder, count, [], step)
