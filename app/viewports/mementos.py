"""Cameras, eyes and tools as plain JSON values, and back; what no longer fits is passed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from app.remembering import flag, number, numbers, part, text
from app.viewports.brush import HAND, Tools
from app.viewports.camera import MAX_SCALE, Camera
from engine.core.views import Eye

__all__ = [
    "camera_memento",
    "eye_memento",
    "recall_tools",
    "recalled_camera",
    "recalled_eye",
    "tools_memento",
]

FAR = 1e7


def camera_memento(camera: Camera, fits: bool) -> dict[str, Any]:
    """Keep a camera over a plane; one that shows all of it is made anew for another window."""
    return {"fits": True} if fits else {"fits": False, **asdict(camera)}


def recalled_camera(kept: Mapping[str, Any]) -> Camera | None:
    """Return the camera that was kept, None for one that shows the whole plane."""
    row, column = number(kept, "row", -FAR, FAR), number(kept, "column", -FAR, FAR)
    scale = number(kept, "scale", 1e-4, MAX_SCALE)
    if flag(kept, "fits") is not False or row is None or column is None or scale is None:
        return None
    return Camera(row, column, scale)


def eye_memento(eye: Eye, fits: bool) -> dict[str, Any]:
    """Keep an eye around a solid."""
    return {"fits": fits, **asdict(eye), "centre": list(eye.centre)}


def recalled_eye(kept: Mapping[str, Any], now: Eye) -> tuple[Eye, bool]:
    """Return the eye that was kept, and whether it shows the whole solid."""
    azimuth, elevation = number(kept, "azimuth", -360, 360), number(kept, "elevation", -90, 90)
    distance, fov = number(kept, "distance", 0.05, 12.0), number(kept, "fov", 5.0, 120.0)
    centre = numbers(kept, "centre", 3)
    eye = replace(
        now,
        azimuth=azimuth % 360 if azimuth is not None else now.azimuth,
        elevation=elevation if elevation is not None else now.elevation,
        distance=distance if distance is not None else now.distance,
        fov=fov if fov is not None else now.fov,
        orthographic=bool(kept.get("orthographic", now.orthographic)),
    )
    if centre is not None:
        eye = replace(eye, centre=(centre[0], centre[1], centre[2]))
    return eye, flag(kept, "fits") is not False


def tools_memento(tools: Tools) -> dict[str, Any]:
    """Keep which tool is in hand and how all are set."""
    return {
        "tool": tools.tool,
        "radii": dict(tools.radii),
        "values": dict(tools.values),
        "channel": tools.channel,
        "value": tools.value,
    }


def recall_tools(tools: Tools, kept: Mapping[str, Any]) -> str:
    """Set the tools as they were kept; returns which is to be in hand once the system offers it."""
    radii, values = part(kept, "radii"), part(kept, "values")
    for name in radii:
        radius = number(radii, name, tools.sizes.least, tools.sizes.most)
        if radius is not None:
            tools.radii[name] = radius
    for name in values:
        value = number(values, name, -FAR, FAR)
        if value is not None:
            tools.values[name] = value
    channel, value = number(kept, "channel", 0, 4096), number(kept, "value", -FAR, FAR)
    tools.channel = int(channel) if channel is not None else tools.channel
    tools.value = value if value is not None else tools.value
    return text(kept, "tool") or HAND
