"""Vectors of numbers for numba kernels: the same step of many head-sequences in one instruction.

A `Lanes` value is 64 bytes wide: 16 numbers of float32, 8 of float64, whatever the processor; the
compiler splits it where registers are narrower. Kernels read and write them with `load` and `store`
and calculate with + - * /, lane by lane; products and sums may be fused. No lane sees another,
and nothing checks bounds.

Numba's cache on disk looks at the file of the compiled function only: who changes this module
touches `mesa_kernels.py` too.
"""

from __future__ import annotations

import operator
from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, register_model
from numba.np.arrayobj import make_array

__all__ = ["load", "splat", "store", "width"]

BYTES: Final = 64
_FLAGS: Final = ("contract",)


def width(dtype: np.dtype[Any] | type) -> int:
    """How many numbers of a type there are in a vector."""
    return BYTES // np.dtype(dtype).itemsize


class Lanes(types.Type):
    """The numba type of a vector."""

    def __init__(self, number: types.Float) -> None:
        self.number = number
        super().__init__(name=f"Lanes({number})")

    @property
    def vector(self) -> ir.VectorType:
        """The type in the compiled code."""
        one = {32: ir.FloatType(), 64: ir.DoubleType()}[self.number.bitwidth]
        return ir.VectorType(one, BYTES * 8 // self.number.bitwidth)


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, kind.vector)


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """Pointer to the vector of that index in an array, whatever the array's dimensions."""
    vector = Lanes(kind.dtype).vector
    data = make_array(kind)(context, builder, array).data
    first = builder.bitcast(data, vector.as_pointer())
    return builder.gep(first, [index])


@intrinsic
def load(typing: Any, array: Any, index: Any) -> Any:
    """Vector number `index` of a contiguous array."""
    del typing

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature.args[0], *arguments)
        return builder.load(place, align=array.dtype.bitwidth // 8)

    return signature(Lanes(array.dtype), array, types.intp), code


@intrinsic
def store(typing: Any, array: Any, index: Any, value: Any) -> Any:
    """Write vector number `index` of a contiguous array."""
    del typing

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return signature(types.void, array, types.intp, value), code


@intrinsic
def splat(typing: Any, array: Any, number: Any) -> Any:
    """A vector that holds one number in all lanes, of the type of an array."""
    del typing

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        result = signature.return_type
        one = context.cast(builder, arguments[1], signature.args[1], result.number)
        vector = result.vector
        start = builder.insert_element(
            ir.Constant(vector, ir.Undefined), one, ir.Constant(ir.IntType(32), 0)
        )
        mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
        return builder.shuffle_vector(start, ir.Constant(vector, ir.Undefined), mask)

    return signature(Lanes(array.dtype), array, number), code


def _operation(symbol: Any, instruction: str) -> None:
    class Typed(AbstractTemplate):  # type: ignore[misc]
        key = symbol

        def generic(self, arguments: Any, keywords: Any) -> Any:
            del keywords
            both = len(arguments) == 2 and isinstance(arguments[0], Lanes)
            return signature(arguments[0], *arguments) if both and len({*arguments}) == 1 else None

    infer_global(symbol)(Typed)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return getattr(builder, instruction)(*arguments, flags=_FLAGS)

    lower_builtin(symbol, Lanes, Lanes)(code)


for _symbol, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _operation(_symbol, _instruction)
