"""Draw a grid world with OpenGL 2.1 (GLSL 1.20)."""

from __future__ import annotations

import numpy as np
from vispy import gloo

from app.viewports.camera import CRISP
from engine.core.colour import lut
from engine.core.views import ImageView

__all__ = ["ImageRenderer"]

Colour = tuple[int, int, int]

# A point exactly between two texels must fall on the same side on every device: all are nudged.
NUDGE = 1.0 / 4096.0

VERTEX = """
attribute vec2 a_position;
void main() { gl_Position = vec4(a_position, 0.0, 1.0); }
"""

FRAGMENT = """
uniform sampler2D u_data;
uniform sampler2D u_lut;
uniform vec2 u_origin;   // top left of the picture, device pixels
uniform vec2 u_step;     // texels per device pixel
uniform vec2 u_shape;    // texels
uniform vec2 u_limits;   // low, 255 / (high - low)
uniform vec3 u_ground;
uniform float u_height;  // of the framebuffer, device pixels
uniform float u_scalar;
uniform float u_alpha;
uniform float u_smooth;

vec4 texel(vec2 index) {
    vec2 at = (clamp(index, vec2(0.0), u_shape - 1.0) + 0.5) / u_shape;
    vec4 raw = texture2D(u_data, at);
    if (u_scalar > 0.5) {
        float level = (raw.r - u_limits.x) * u_limits.y;
        level = level > 0.0 ? floor(min(level, 255.0) + 0.5) : 0.0;  // NaN is not greater
        return vec4(texture2D(u_lut, vec2((level + 0.5) / 256.0, 0.5)).rgb, 1.0);
    }
    return u_alpha > 0.5 ? raw : vec4(raw.rgb, 1.0);
}

void main() {
    vec2 pixel = vec2(gl_FragCoord.x, u_height - gl_FragCoord.y);
    vec2 at = (pixel - u_origin) * u_step + NUDGE;
    if (at.x < 0.0 || at.y < 0.0 || at.x >= u_shape.x || at.y >= u_shape.y) {
        gl_FragColor = vec4(u_ground, 1.0);
        return;
    }
    vec4 colour;
    if (u_smooth > 0.5) {
        vec2 base = floor(at - 0.5);
        vec2 part = at - 0.5 - base;
        vec4 above = mix(texel(base), texel(base + vec2(1.0, 0.0)), part.x);
        vec4 below = mix(texel(base + vec2(0.0, 1.0)), texel(base + vec2(1.0, 1.0)), part.x);
        colour = mix(above, below, part.y);
    } else {
        colour = texel(floor(at));
    }
    gl_FragColor = vec4(colour.rgb + u_ground * (1.0 - colour.a), 1.0);
}
""".replace("NUDGE", repr(NUDGE))


class ImageRenderer:
    """Draws one `ImageView` through a camera.

    `draw` needs the OpenGL context of its canvas to be current; one renderer belongs to one
    context. `smooth` interpolates between texels; pictures made smaller are always smoothed.
    """

    def __init__(self) -> None:
        self.smooth = False
        self._view: ImageView | None = None
        self._program = gloo.Program(VERTEX, FRAGMENT)
        corners = np.array([(-1, -1), (1, -1), (-1, 1), (1, 1)], np.float32)
        self._program["a_position"] = gloo.VertexBuffer(corners)
        self._program["u_lut"] = gloo.Texture2D(lut("grey")[None], interpolation="nearest")
        self._colormap = "grey"
        self._texture: gloo.Texture2D | None = None
        self._form: tuple[tuple[int, ...], str] | None = None
        self._camera = (0.0, 0.0, 1.0)

    def set_view(self, view: ImageView) -> None:
        """Take a new picture; only its texels travel if its shape is the last one's."""
        form = (view.data.shape, view.data.dtype.name)
        data = view.data if view.data.ndim == 3 else view.data[:, :, None]
        if self._texture is None or form != self._form:
            self._texture = gloo.Texture2D(
                data,
                interpolation="nearest",
                wrapping="clamp_to_edge",
                internalformat="r32f" if view.data.ndim == 2 else None,
            )
            self._program["u_data"] = self._texture
            self._form = form
        else:
            self._texture.set_data(data)
        if view.colormap != self._colormap and view.data.ndim == 2:
            self._program["u_lut"].set_data(lut(view.colormap)[None])
            self._colormap = view.colormap
        self._view = view

    def set_camera(self, left: float, top: float, scale: float) -> None:
        """Place the world: device pixels from the top left to cell (0, 0), and pixels per cell."""
        self._camera = (left, top, scale)

    def draw(self, width: int, height: int, background: Colour) -> None:
        """Draw into the framebuffer that is bound, `width` x `height` device pixels."""
        red, green, blue = (part / 255.0 for part in background)
        gloo.set_viewport(0, 0, width, height)
        gloo.clear(color=(red, green, blue, 1.0))
        view = self._view
        if view is None:
            return
        left, top, scale = self._camera
        row, column, rows, columns = view.region
        rows, columns = rows * view.tiles[0], columns * view.tiles[1]
        texels = (view.data.shape[1], view.data.shape[0])
        step = (texels[0] / (columns * scale), texels[1] / (rows * scale))
        low, high = view.limits
        program = self._program
        program["u_origin"] = (left + column * scale, top + row * scale)
        program["u_step"] = step
        program["u_shape"] = texels
        program["u_limits"] = (low, 255.0 / (high - low) if high > low else 0.0)
        program["u_ground"] = (red, green, blue)
        program["u_height"] = float(height)
        program["u_scalar"] = float(view.data.ndim == 2)
        program["u_alpha"] = float(view.data.shape[-1] == 4)
        program["u_smooth"] = float(self.smooth or max(step) > CRISP)
        gloo.set_state(blend=False, depth_test=False, cull_face=False)
        program.draw("triangle_strip")
