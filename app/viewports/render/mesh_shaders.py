"""The shaders of `render.mesh`."""

from __future__ import annotations

__all__ = [
    "FRAGMENT",
    "GROUND_FRAGMENT",
    "GROUND_VERTEX",
    "INK_FRAGMENT",
    "INK_VERTEX",
    "VERTEX",
]

_PLACE = """
attribute vec3 a_position;
attribute vec3 a_normal;
attribute vec4 a_map;      // normal x, y, z and height, 0 to 255
uniform vec3 u_right;
uniform vec3 u_up;
uniform vec3 u_away;       // from the centre to the eye
uniform vec3 u_eye;
uniform vec2 u_scale;      // to clip space: of the width and of the height
uniform vec2 u_range;      // near, far
uniform float u_parallel;
uniform float u_bumpiness;

vec3 lifted() {
    float height = a_map.w / 255.0;
    return a_position + u_bumpiness * height * height * a_normal;
}

vec4 placed(vec3 point) {
    vec3 seen = point - u_eye;
    float depth = -dot(seen, u_away);
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
attribute vec4 a_colour;
attribute vec4 a_rest;     // roughness, ambient occlusion
varying vec3 v_point;
varying vec3 v_normal;
varying vec3 v_colour;
varying vec3 v_bend;
varying vec2 v_rest;

void main() {
    v_point = lifted();
    v_normal = a_normal;
    v_colour = a_colour.rgb / 255.0;
    v_bend = (a_map.xyz - 128.0) / 127.0;
    v_rest = a_rest.xy / 255.0;
    gl_Position = placed(v_point);
}
"""
)

FRAGMENT = """
varying vec3 v_point;
varying vec3 v_normal;
varying vec3 v_colour;
varying vec3 v_bend;
varying vec2 v_rest;
uniform vec3 u_eye;
uniform vec3 u_away;
uniform float u_parallel;
uniform float u_shading;   // 0 plain, 1 flat, 2 phong, 3 pbr
uniform float u_light;

void main() {
    if (u_shading < 0.5) {
        gl_FragColor = vec4(v_colour, 1.0);
        return;
    }
    vec3 view = u_parallel > 0.5 ? u_away : normalize(u_eye - v_point);
    vec3 normal = normalize(v_normal);
    float lit = max(dot(normal, view), 0.0);
    gl_FragColor = vec4(v_colour * (0.3 + 0.7 * lit) * u_light, 1.0);
}
"""

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
