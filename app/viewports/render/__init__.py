"""Renderers that know OpenGL and no Qt: the same object draws in a window and without one."""
