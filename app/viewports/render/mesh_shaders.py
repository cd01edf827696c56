"""The shaders of `render.mesh`; how a lit surface looks is `engine.meshes.shading`'s to say."""

from __future__ import annotations

import re

from engine.meshes.shading import GLSL

__all__ = [
    "FRAGMENT",
    "GROUND_FRAGMENT",
    "GROUND_VERTEX",
    "INK_FRAGMENT",
    "INK_VERTEX",
    "VERTEX",
]


def _apart(source: str) -> str:
    """Declare every uniform on its own: vispy does not see those after a comma."""

    def declared(found: re.Match[str]) -> str:
        names = (name.strip() for name in found[2].split(","))
        return "\n".join(f"uniform {found[1]} {name};" for name in names)

    return re.sub(r"uniform (\w+) ([^;]+);", declared, source)


_PLACE = """
attribute vec3 a_position;
attribute vec3 a_normal;
attribute vec4 a_map;      // normal x, y, z and height, 0 to 255
uniform vec3 u_right;
uniform vec3 u_up;
uniform vec3 u_ahead;
uniform vec3 u_origin;     // the eye
uniform vec2 u_scale;      // to clip space: of the width and of the height
uniform vec2 u_range;      // near, far
uniform float u_parallel;
uniform float u_bumpiness;

vec3 lifted() {
    float height = a_map.w / 255.0;
    return a_position + u_bumpiness * height * height * a_normal;
}

vec4 placed(vec3 point) {
    vec3 seen = point - u_origin;
    float depth = dot(seen, u_ahead);
    vec2 place = u_scale * vec2(dot(seen, u_right), dot(seen, u_up));
    float span = u_range.y - u_range.x;
    if (u_parallel > 0.5) {
        return vec4(place, (depth / u_range.y), 1.0);
    }
    float z = (u_range.y + u_range.x) / span * depth - 2.0 * u_range.y * u_range.x / span;
    return vec4(place, z, depth);
}
"""

VERTEX = (
    _PLACE
    + """
attribute vec3 a_colour;
attribute vec2 a_rest;     // roughness, ambient occlusion
attribute float a_shade;   // how open the surroundings are
uniform float u_worn;      // 1 where the material counts
uniform float u_roughness; // where it does not
varying vec3 v_point;
varying vec3 v_normal;
varying vec3 v_colour;
varying vec2 v_rest;

/* As `engine.meshes.surface.frame`. */
vec3 bent(vec3 n, vec3 by) {
    vec3 first = abs(n.y) > 0.98 ? vec3(1.0, 0.0, 0.0) - n.x * n : vec3(n.z, 0.0, -n.x);
    first = normalize(first);
    by = dot(by, by) < 1e-6 ? vec3(0.0, 0.0, 1.0) : normalize(by);
    return by.x * first + by.y * cross(n, first) + by.z * n;
}

void main() {
    v_point = lifted();
    v_normal = u_worn > 0.5 ? bent(a_normal, (a_map.xyz - 128.0) / 127.0) : a_normal;
    v_colour = a_colour / 255.0;
    v_rest = u_worn > 0.5 ? a_rest / 255.0 : vec2(u_roughness, 1.0);
    v_rest.y *= a_shade / 255.0;
    gl_Position = placed(v_point);
}
"""
)

FRAGMENT = (
    """
varying vec3 v_point;
varying vec3 v_normal;
varying vec3 v_colour;
varying vec2 v_rest;
uniform float u_shading;   // 0 plain, 1 flat, 2 smooth
"""
    + _apart(GLSL)
    + """
void main() {
    vec3 normal = gl_FrontFacing ? v_normal : -v_normal;
    if (u_shading < 0.5) {
        gl_FragColor = vec4(softened(v_point, normal, v_colour, v_rest.y), 1.0);
        return;
    }
    if (u_shading < 1.5) {
        vec3 eyewards = u_perspective > 0.5 ? u_eye - v_point : -u_forward;
        normal = cross(dFdx(v_point), dFdy(v_point));
        normal *= sign(dot(normal, eyewards));
    }
    gl_FragColor = vec4(lit(v_point, normal, v_colour, v_rest.x, v_rest.y), 1.0);
}
"""
)

INK_VERTEX = (
    _PLACE
    + """
uniform float u_dot;

void main() {
    gl_Position = placed(lifted());
    gl_PointSize = u_dot;
}
"""
)

INK_FRAGMENT = """
uniform vec4 u_ink;
void main() { gl_FragColor = u_ink; }
"""

GROUND_VERTEX = """
attribute vec2 a_position;
void main() { gl_Position = vec4(a_position, 0.0, 1.0); }
"""

GROUND_FRAGMENT = """
uniform vec3 u_middle;
uniform vec3 u_rim;
uniform vec2 u_size;
void main() {
    vec2 away = gl_FragCoord.xy - vec2(0.5, 0.53) * u_size;
    float share = clamp(length(away) / (0.62 * max(u_size.x, u_size.y)), 0.0, 1.0);
    gl_FragColor = vec4(mix(u_middle, u_rim, share * share * (3.0 - 2.0 * share)), 1.0);
}
"""
