"""How a lit surface looks: the one place where the light is written down.

The reference's shading (Pajouheshgar et al., "Mesh Neural Cellular Automata", its WebGL demo): GGX
with a = roughness^2, Smith with k = (r + 1)^2 / 8, Schlick with F0 = 0.04, no metal, a point lamp
on the axis of the eye, no gamma. Ours differs in three ways. The flat ambient term is an
environment: sky and ground by the height of the normal, and two soft boxes that go with the eye,
upper left and behind on the right, as zonal harmonics of the clamped cosine for diffuse light and
as GGX lobes about the mirrored ray for gloss, weaker than Schlick's at grazing angles. The lamp
stands farther off and is weaker, so that colours are seen as they are where the surface faces the
eye. What is brighter than `_KNEE` is compressed instead of cut off.

False colours get no light, which would shift what is read off, but a body must not become a disc:
`soften` darkens them a little where the surface turns away and in hollows.

`light`, `soften` and `GLSL` are the same formulas for the processor and for OpenGL 2.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.views import Eye
from engine.meshes.camera import Camera

__all__ = [
    "FLAT_ROUGHNESS",
    "GLSL",
    "PHONG_ROUGHNESS",
    "SCENE",
    "light",
    "pack",
    "scene",
    "soften",
]

PHONG_ROUGHNESS = 0.45
"""Roughness where a view has no material."""
FLAT_ROUGHNESS = 0.6
"""Roughness of facets."""

_F = np.float32
_F0 = _F(0.04)
_DIFFUSE = _F(0.96)
_ROUGHEST, _SMOOTHEST, _DARKEST = _F(1.0), _F(0.1), _F(0.05)
_LAMP_DISTANCE = 3.0  # from the centre that the eye looks at
_LAMP = _F(4.9)  # radiance times squared distance
_SKY = (_F(0.35), _F(0.37), _F(0.40))
_GROUND = (_F(0.20), _F(0.185), _F(0.175))
_KEY = (_F(0.52), _F(0.51), _F(0.49))
_RIM = (_F(0.22), _F(0.24), _F(0.28))
_RED, _GREEN, _BLUE = zip(_GROUND, _SKY, _KEY, _RIM, strict=True)
_KEY_WAY = (-0.55, 0.65, 0.55)  # right, up, towards the eye
_RIM_WAY = (0.70, 0.30, -0.65)
_BOX = _F(0.08)  # squared width of a soft box, added to that of a lobe
_GLOSS = _F(1.5)  # radiance of the boxes against their irradiance
_GRAZING = _F(0.4)  # of Schlick's term for what is mirrored: bent normals would shine like metal
_KNEE = _F(0.8)
_SLANT = _F(0.35)  # of its brightness that an unlit surface loses where it is seen edge on
_HOLLOW = _F(0.35)  # and in a hollow that sees nothing of the surroundings
_PI = _F(np.pi)
_ZERO, _HALF, _ONE, _TWO, _THREE = _F(0), _F(0.5), _F(1), _F(2), _F(3)
_QUARTER, _EIGHTH, _ZONAL, _TINY = _F(0.25), _F(0.125), _F(5 / 32), _F(1e-4)
_BYTE = _F(255)

SCENE = ("right", "up", "forward", "eye", "lamp", "key", "rim")
"""Vectors that the light depends on, in the order in which `scene` stacks them."""


def scene(camera: Camera, eye: Eye) -> NDArray[np.float32]:
    """Return the vectors of `SCENE`, float32 (7, 3), in the coordinates of the mesh.

    `key` and `rim` are unit directions towards the soft boxes, `lamp` and `eye` are places. For an
    orthographic camera the eye counts as its direction only.
    """
    basis = np.stack([camera.right, camera.up, -camera.forward])
    ways = [np.asarray(way) @ basis / np.linalg.norm(way) for way in (_KEY_WAY, _RIM_WAY)]
    lamp = np.asarray(eye.centre) - _LAMP_DISTANCE * camera.forward
    rows = [camera.right, camera.up, camera.forward, camera.position, lamp, *ways]
    return np.asarray(np.stack(rows), np.float32)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def light(
    count: int,
    columns: Any,
    rows: Any,
    near: Any,
    parts: Any,
    vectors: Any,
    lens: Any,
    strength: float,
    out: Any,
) -> None:
    """Light some pixels.

    Called from Python and not from another kernel: inlined there, it would not become vector code.

    Parameters
    ----------
    count : int
        Pixels.
    columns, rows : ndarray
        int32 (>= count,): where they are.
    near : ndarray
        float32 (>= count,): their nearness.
    parts : ndarray
        float32 (8, >= count): normal (any length), albedo, roughness, ambient occlusion.
    vectors : ndarray
        What `scene` returns.
    lens : tuple of float32
        Middle of the picture (x, y), focal length, and 1 in perspective, 0 otherwise.
    strength : float32
    out : ndarray
        uint32 (>= count,): RGBA, red in the lowest byte.
    """
    middle_x, middle_y, focal, perspective = lens
    rx, ry, rz = vectors[0]
    ux, uy, uz = vectors[1]
    fx, fy, fz = vectors[2]
    ox, oy, oz = vectors[3]
    lamp_x, lamp_y, lamp_z = vectors[4]
    kx, ky, kz = vectors[5]
    mx, my, mz = vectors[6]
    for i in range(np.uint64(count)):  # signed indices may count from the end: no vectors then
        # where the pixel's point is, and the unit vector from there to the eye
        across = (_F(columns[i]) + _HALF - middle_x) / focal
        up = (middle_y - _F(rows[i]) - _HALF) / focal
        ax = across * rx + up * ux
        ay = across * ry + up * uy
        az = across * rz + up * uz
        depth = _ONE / near[i] if perspective > _HALF else -near[i]
        if perspective > _HALF:
            vx, vy, vz = -(fx + ax), -(fy + ay), -(fz + az)
            px, py, pz = ox - vx * depth, oy - vy * depth, oz - vz * depth
        else:
            vx, vy, vz = -fx, -fy, -fz
            px, py, pz = ox + ax + fx * depth, oy + ay + fy * depth, oz + az + fz * depth
        scale = _ONE / np.sqrt(vx * vx + vy * vy + vz * vz)
        vx, vy, vz = vx * scale, vy * scale, vz * scale
        nx, ny, nz = parts[0, i], parts[1, i], parts[2, i]
        scale = _ONE / np.sqrt(max(nx * nx + ny * ny + nz * nz, _F(1e-12)))
        nx, ny, nz = nx * scale, ny * scale, nz * scale
        rough = min(max(parts[6, i], _SMOOTHEST), _ROUGHEST)
        shade = min(max(parts[7, i], _DARKEST), _ONE)
        nv = nx * vx + ny * vy + nz * vz
        # the lamp
        lx, ly, lz = lamp_x - px, lamp_y - py, lamp_z - pz
        squared = lx * lx + ly * ly + lz * lz
        scale = _ONE / np.sqrt(squared)
        lx, ly, lz = lx * scale, ly * scale, lz * scale
        hx, hy, hz = lx + vx, ly + vy, lz + vz
        scale = _ONE / np.sqrt(hx * hx + hy * hy + hz * hz)
        nl = max(nx * lx + ny * ly + nz * lz, _ZERO)
        nh = max((nx * hx + ny * hy + nz * hz) * scale, _ZERO)
        hv = max((vx * hx + vy * hy + vz * hz) * scale, _ZERO)
        facing = max(nv, _TINY)
        a = rough * rough
        aa = a * a
        spread = nh * nh * (aa - _ONE) + _ONE
        k = (rough + _ONE) * (rough + _ONE) * _EIGHTH
        # D G / (4 NdotL NdotV), the two cosines cancelled against Smith's numerators
        gloss = aa / (_PI * spread * spread)
        gloss /= (facing * (_ONE - k) + k) * (nl * (_ONE - k) + k) * _F(4)
        miss = _ONE - hv
        miss2 = miss * miss
        fresnel = _F0 + (_ONE - _F0) * miss2 * miss2 * miss
        radiance = _LAMP / squared * nl
        matte = radiance * _DIFFUSE / _PI
        gloss *= radiance * fresnel
        # the environment by the normal
        height = _HALF + _HALF * ny
        to_key = nx * kx + ny * ky + nz * kz
        to_rim = nx * mx + ny * my + nz * mz
        key = max(_QUARTER + _HALF * to_key + _ZONAL * (_THREE * to_key * to_key - _ONE), _ZERO)
        rim = max(_QUARTER + _HALF * to_rim + _ZONAL * (_THREE * to_rim * to_rim - _ONE), _ZERO)
        # and by the mirrored ray
        double = _TWO * nv
        sx, sy, sz = double * nx - vx, double * ny - vy, double * nz - vz
        sky = _HALF + _HALF * sy
        width = aa + _BOX
        lobe = (_HALF + _HALF * (sx * kx + sy * ky + sz * kz)) * (width - _ONE) + _ONE
        box_key = _GLOSS * width / (lobe * lobe)
        lobe = (_HALF + _HALF * (sx * mx + sy * my + sz * mz)) * (width - _ONE) + _ONE
        box_rim = _GLOSS * width / (lobe * lobe)
        miss = _ONE - min(facing, _ONE)
        miss2 = miss * miss
        mirror = _F0 + _GRAZING * (max(_ONE - rough, _F0) - _F0) * miss2 * miss2 * miss
        diffuse, mirror = _DIFFUSE * shade, mirror * shade
        red = _compressed(
            strength
            * (
                parts[3, i] * (diffuse * _surround(_RED, height, key, rim) + matte)
                + (gloss + mirror * _surround(_RED, sky, box_key, box_rim))
            )
        )
        green = _compressed(
            strength
            * (
                parts[4, i] * (diffuse * _surround(_GREEN, height, key, rim) + matte)
                + (gloss + mirror * _surround(_GREEN, sky, box_key, box_rim))
            )
        )
        blue = _compressed(
            strength
            * (
                parts[5, i] * (diffuse * _surround(_BLUE, height, key, rim) + matte)
                + (gloss + mirror * _surround(_BLUE, sky, box_key, box_rim))
            )
        )
        out[i] = pack(red, green, blue)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def soften(
    count: int, columns: Any, rows: Any, parts: Any, vectors: Any, lens: Any, out: Any
) -> None:
    """Colour some pixels without light; parameters as of `light`."""
    middle_x, middle_y, focal, perspective = lens
    rx, ry, rz = vectors[0]
    ux, uy, uz = vectors[1]
    fx, fy, fz = vectors[2]
    for i in range(np.uint64(count)):
        across = (_F(columns[i]) + _HALF - middle_x) / focal * perspective
        up = (middle_y - _F(rows[i]) - _HALF) / focal * perspective
        vx = -(fx + across * rx + up * ux)
        vy = -(fy + across * ry + up * uy)
        vz = -(fz + across * rz + up * uz)
        nx, ny, nz = parts[0, i], parts[1, i], parts[2, i]
        squared = (nx * nx + ny * ny + nz * nz) * (vx * vx + vy * vy + vz * vz)
        facing = (nx * vx + ny * vy + nz * vz) / np.sqrt(max(squared, _F(1e-12)))
        share = _ONE - _SLANT * (_ONE - min(max(facing, _ZERO), _ONE))
        share *= _ONE - _HOLLOW * (_ONE - min(max(parts[7, i], _ZERO), _ONE))
        out[i] = pack(parts[3, i] * share, parts[4, i] * share, parts[5, i] * share)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def pack(red: Any, green: Any, blue: Any) -> Any:
    """Round colours in 0 to 1 to bytes of one number, red lowest, opaque."""
    r = np.uint32(min(max(red, _ZERO), _ONE) * _BYTE + _HALF)
    g = np.uint32(min(max(green, _ZERO), _ONE) * _BYTE + _HALF)
    b = np.uint32(min(max(blue, _ZERO), _ONE) * _BYTE + _HALF)
    return r | (g << np.uint32(8)) | (b << np.uint32(16)) | np.uint32(0xFF000000)


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _surround(band: Any, height: float, key: float, rim: float) -> Any:
    """What comes from sky and ground, and from the boxes."""
    return band[0] + (band[1] - band[0]) * height + band[2] * key + band[3] * rim


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _compressed(value: Any) -> Any:
    over = max((value - _KNEE) / (_ONE - _KNEE), _ZERO)
    return min(value, _KNEE) + (_ONE - _KNEE) * over / (_ONE + over)


def _vector(values: tuple[Any, ...]) -> str:
    return f"vec3({', '.join(f'{float(value):.8f}' for value in values)})"


GLSL = f"""
uniform vec3 u_eye, u_forward, u_lamp, u_key, u_rim;
uniform float u_strength, u_perspective;

float zonal(float c) {{
    return max(0.25 + 0.5 * c + {float(_ZONAL):.8f} * (3.0 * c * c - 1.0), 0.0);
}}

float box(vec3 mirrored, vec3 way, float width) {{
    float lobe = (0.5 + 0.5 * dot(mirrored, way)) * (width - 1.0) + 1.0;
    return {float(_GLOSS):.8f} * width / (lobe * lobe);
}}

/* p: the point, n: its normal in any length, turned to the eye's side; returns colours in 0..1. */
vec3 lit(vec3 p, vec3 n, vec3 albedo, float roughness, float occlusion) {{
    const float pi = {np.pi:.8f};
    const vec3 sky = {_vector(_SKY)}, ground = {_vector(_GROUND)};
    const vec3 key = {_vector(_KEY)}, rim = {_vector(_RIM)};
    vec3 v = u_perspective > 0.5 ? normalize(u_eye - p) : -u_forward;
    n /= sqrt(max(dot(n, n), 1e-12));
    float rough = clamp(roughness, {float(_SMOOTHEST):.8f}, {float(_ROUGHEST):.8f});
    float shade = clamp(occlusion, {float(_DARKEST):.8f}, 1.0);
    float nv = dot(n, v), facing = max(nv, {float(_TINY):.8f});
    vec3 l = u_lamp - p;
    float squared = dot(l, l);
    l /= sqrt(squared);
    vec3 h = normalize(l + v);
    float nl = max(dot(n, l), 0.0), nh = max(dot(n, h), 0.0), hv = max(dot(v, h), 0.0);
    float a = rough * rough, aa = a * a, spread = nh * nh * (aa - 1.0) + 1.0;
    float k = (rough + 1.0) * (rough + 1.0) / 8.0;
    float gloss = aa / (pi * spread * spread);
    gloss /= (facing * (1.0 - k) + k) * (nl * (1.0 - k) + k) * 4.0;
    float fresnel = {float(_F0):.8f} + (1.0 - {float(_F0):.8f}) * pow(max(1.0 - hv, 0.0), 5.0);
    float radiance = {float(_LAMP):.8f} / squared * nl;
    gloss *= radiance * fresnel;
    vec3 light = mix(ground, sky, 0.5 + 0.5 * n.y) + key * zonal(dot(n, u_key))
        + rim * zonal(dot(n, u_rim));
    vec3 mirrored = 2.0 * nv * n - v;
    float width = aa + {float(_BOX):.8f};
    vec3 seen = mix(ground, sky, 0.5 + 0.5 * mirrored.y) + key * box(mirrored, u_key, width)
        + rim * box(mirrored, u_rim, width);
    float grazing = {float(_GRAZING):.8f} * (max(1.0 - rough, {float(_F0):.8f}) - {float(_F0):.8f});
    float mirror = {float(_F0):.8f} + grazing * pow(1.0 - min(facing, 1.0), 5.0);
    vec3 total = albedo * ({float(_DIFFUSE):.8f} * (light * shade + radiance / pi))
        + gloss + mirror * shade * seen;
    total *= u_strength;
    vec3 over = max((total - {float(_KNEE):.8f}) / (1.0 - {float(_KNEE):.8f}), 0.0);
    return min(total, {float(_KNEE):.8f}) + (1.0 - {float(_KNEE):.8f}) * over / (1.0 + over);
}}

vec3 softened(vec3 p, vec3 n, vec3 colour, float occlusion) {{
    vec3 v = u_perspective > 0.5 ? normalize(u_eye - p) : -u_forward;
    float facing = dot(n, v) / sqrt(max(dot(n, n), 1e-12));
    float share = 1.0 - {float(_SLANT):.8f} * (1.0 - clamp(facing, 0.0, 1.0));
    share *= 1.0 - {float(_HOLLOW):.8f} * (1.0 - clamp(occlusion, 0.0, 1.0));
    return colour * share;
}}
"""
"""`lit` and `softened` in GLSL 1.20 with their uniforms; `u_strength` is `MeshView.light`."""
