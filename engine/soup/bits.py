"""Bits of 64-bit words in compiled code: the instructions that numba does not offer."""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

__all__ = ["leading_zeros", "trailing_zeros"]

_SIGNATURE = types.int64(types.uint64)


@intrinsic
def trailing_zeros(typingctx, word):  # type: ignore[no-untyped-def]
    """Place of the lowest bit that is set in a uint64, 64 if there is none."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return _SIGNATURE, codegen


@intrinsic
def leading_zeros(typingctx, word):  # type: ignore[no-untyped-def]
    """How many bits of a uint64 are above the highest that is set, 64 if there is none."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return _SIGNATURE, codegen
