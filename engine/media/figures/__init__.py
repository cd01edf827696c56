"""Charts, tables, matrices, graphs and points as pictures, drawn without a window.

Films, screenshots at any size and `primordia render` use them; the window draws its own.
"""

from engine.media.figures.draw import figure

__all__ = ["figure"]
