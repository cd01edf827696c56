"""Built-in meshes: icospheres, and bodies that are made from formulas."""

from engine.meshes.shapes.catalogue import SHAPES, Shape, shape
from engine.meshes.shapes.icosphere import icosphere

__all__ = ["SHAPES", "Shape", "icosphere", "shape"]
