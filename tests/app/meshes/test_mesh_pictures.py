"""What is drawn of a mesh, and how finely: pixels read back."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.viewports.mesh import MeshViewport
from app.viewports.mesh_cpu import BEST, MOVING, CpuMeshSurface
from engine.core.views import ImageView, MeshView
from engine.meshes.shapes import shape

BALL = shape("icosphere", 642)


def test_the_picture_is_on_the_screen(viewport: MeshViewport, pixels: Any) -> None:
    image = pixels(viewport)
    assert tuple(image[150, 200]) == (200, 60, 20)
    ground = image[5:20, 5:20].reshape(-1, 3)
    assert (ground.max(axis=0) < 60).all()
    covered = (np.abs(image - image[..., :1] * (1, 0.3, 0.1)).max(axis=2) < 4) & (
        image[..., 0] > 110
    )
    covered = covered.mean()
    assert 0.3 < covered < 0.6


def test_views_follow_each_other_and_each_is_counted_once(
    viewport: MeshViewport, qtbot: QtBot, ball: Any, pixels: Any
) -> None:
    for step in (2, 3):
        colour = (20 * step, 200, 90)
        colours = np.full((len(BALL.vertices), 3), colour, np.uint8)
        before = viewport.frames_drawn
        viewport.set_view(ball(step=step, colours=colours))
        qtbot.waitUntil(lambda before=before: viewport.frames_drawn == before + 1)
        assert tuple(pixels(viewport)[150, 200]) == colour
    drawn = viewport.frames_drawn
    paints = viewport.paints
    viewport.pan(40, 0)
    qtbot.waitUntil(lambda: viewport.paints > paints)
    assert viewport.frames_drawn == drawn


def test_a_view_of_another_kind_is_ignored(viewport: MeshViewport) -> None:
    data = np.zeros((4, 4, 3), np.uint8)
    viewport.set_view(ImageView(step=9, data=data, extent=(4, 4), region=(0, 0, 4, 4)))
    assert isinstance(viewport.view, MeshView)


def test_while_it_moves_pictures_are_smaller_and_then_as_good_as_can_be(
    viewport: MeshViewport, qtbot: QtBot
) -> None:
    surface = viewport._surface
    assert isinstance(surface, CpuMeshSurface)
    qtbot.waitUntil(lambda: surface._shown is not None and surface._shown.wish.scale == 2.0)
    rest = surface._shown
    assert rest is not None
    assert rest.pixels.shape == (300, 400, 4)
    alpha = rest.pixels[..., 3]
    assert np.any((alpha > 0) & (alpha < 255))  # smooth edges
    viewport.pan(30, 0)
    qtbot.waitUntil(lambda: surface._shown is not rest)
    moving = surface._shown
    assert moving is not None
    assert moving.wish.moving
    assert moving.pixels.shape[0] < 300
    qtbot.waitUntil(lambda: surface._shown is not None and surface._shown.wish.scale == 2.0)
    assert surface._shown is not None
    assert surface._shown.wish.eye == viewport.eye()


def test_a_resting_eye_sees_every_pixel_while_the_world_runs(
    viewport: MeshViewport, qtbot: QtBot, ball: Any
) -> None:
    surface = viewport._surface
    assert isinstance(surface, CpuMeshSurface)
    taken: list[Any] = []
    take = surface._take

    def late(made: Any) -> None:  # as if each picture had taken a second
        made = replace(made, seconds=1.0) if made is not None else made
        taken.append(made)
        take(made)

    # The window's first fit moved the eye, and on a busy machine its picture may come long after.
    qtbot.waitUntil(lambda: surface._shown is not None and surface._shown.wish.scale == BEST)
    qtbot.waitUntil(lambda: time.monotonic() - surface._moved > MOVING)
    surface._worker.done.disconnect()
    surface._worker.done.connect(late)
    for step in range(2, 8):
        view, many = ball(step=step), len(taken)
        viewport.set_view(view)
        qtbot.waitUntil(lambda many=many: len(taken) > many)
    assert all(made.pixels.shape[:2] == (300, 400) for made in taken if made is not None)

    def seen_moving() -> bool:  # goes on moving: on a busy machine one move is over soon
        viewport.pan(3, 0)
        return any(made is not None and made.wish.moving for made in taken)

    qtbot.waitUntil(seen_moving)
    moving = next(made for made in taken if made is not None and made.wish.moving)
    assert moving.pixels.shape[0] >= 150


def test_wires_and_vertices_are_drawn_over_it(
    viewport: MeshViewport, qtbot: QtBot, pixels: Any
) -> None:
    before = pixels(viewport)
    told: list[Any] = []
    viewport.switched.connect(lambda name, on: told.append((name, on)))
    QTest.keyClick(viewport, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: (pixels(viewport) < before - 60)[..., 0].mean() > 0.02)
    QTest.keyClick(viewport, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: (pixels(viewport)[..., 1] > 150).mean() > 0.005)
    assert told == [("wires", True), ("dots", True)]


def test_opengl_in_a_window_gives_the_painter_s_pixels(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, ball: Any, pixels: Any, shown: Any
) -> None:
    if QGuiApplication.platformName() == "offscreen":
        pytest.skip("the offscreen platform has no OpenGL widgets")
    shots = []
    for renderer in ("gl", "painter"):
        monkeypatch.setenv("PRIMORDIA_RENDERER", renderer)
        widget = shown()
        colours = (127 + 120 * np.sin(4 * BALL.vertices)).astype(np.uint8)
        drawn = widget.frames_drawn
        widget.set_view(ball(colours=colours, shading="phong"))
        widget.set_tool("hand")
        qtbot.waitUntil(lambda w=widget, d=drawn: w.frames_drawn > d)
        shots.append(pixels(widget))
    away = np.abs(shots[0] - shots[1]).max(axis=2)
    assert np.mean(away < 4) > 0.95
    assert len(np.unique(shots[0].reshape(-1, 3), axis=0)) > 500
