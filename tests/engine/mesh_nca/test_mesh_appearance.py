"""Colours, materials and heat-maps of a mesh automaton."""

from __future__ import annotations

import math

import numpy as np

from engine.core.colour import lut
from engine.mesh_nca.appearance import (
    HEAT,
    albedo,
    channel_heat,
    channel_names,
    heat_map,
    map_colours,
    material_of,
)


def cells(count: int = 3) -> np.ndarray:
    return np.zeros((count, 16), np.float32)


def test_channels_are_named_after_what_the_model_makes() -> None:
    plain, full = channel_names(16, maps=False), channel_names(16, maps=True)
    assert plain[:4] == ("red", "green", "blue", "hidden 1")
    assert (full[6], full[7], full[10], full[11], full[12]) == (
        "height",
        "normal x",
        "roughness",
        "occlusion",
        "hidden 4",
    )
    assert len(plain) == len(full) == 16
    assert len(set(plain)) == len(set(full)) == 16


def test_a_state_shows_as_its_value_plus_a_half() -> None:
    state = cells()
    state[0, :3] = (-0.5, 0.0, 0.5)
    state[1, :3] = (-9.0, 9.0, 0.25)
    np.testing.assert_array_equal(albedo(state)[:2], [[0, 128, 255], [0, 255, 191]])


def test_maps_are_those_of_the_published_channels() -> None:
    state = cells()
    state[:, 6], state[:, 10], state[:, 11] = 0.5, -0.5, 0.0
    state[:, 7:10] = (0.25, 0.0, 0.5)
    for name, value in (("height", 255), ("roughness", 0), ("occlusion", 128)):
        colours, legend = map_colours(state, name, maps=True)
        assert (colours == value).all()
        assert legend.ramp
    colours, legend = map_colours(state, "normal", maps=False)
    np.testing.assert_array_equal(colours[0], [191, 128, 255])
    assert "hidden channels" in legend.note


def test_the_normal_turns_with_the_pattern() -> None:
    state = cells()
    state[:, 7:10] = (0.5, 0.0, 0.25)  # to the right and outwards
    material = material_of(state, np.array([0.0, math.pi / 2, math.pi], np.float32))
    np.testing.assert_array_equal(material[:, 0], [255, 128, 1])
    np.testing.assert_array_equal(material[:, 1], [128, 255, 128])
    assert (material[:, 2] == 192).all()
    assert (material[:, 3:] == 128).all()
    assert material.dtype == np.uint8


def test_heat_maps_use_the_whole_colour_map_and_say_so() -> None:
    table = lut("viridis")
    colours, legend = heat_map(np.array([0.0, 0.5, 1.0, 7.0]), HEAT["graft"])
    np.testing.assert_array_equal(colours[[0, 2, 3]], table[[0, 255, 255]])
    assert legend.ends == ("first model", "graft model")
    assert legend.ramp[0] == tuple(table[0])
    assert legend.ramp[-1] == tuple(table[-1])
    colours, legend = heat_map(np.array([0.0, 0.02]), HEAT["change"])
    np.testing.assert_array_equal(colours[1], table[255])
    assert legend.ends == ("still", "0.02 a step")
    _, legend = heat_map(np.array([0.0]), HEAT["change"], limits=(0.0, 2.0))
    assert legend.ends == ("0", "2")
    broken, _ = heat_map(np.array([np.nan, np.inf]), HEAT["rate"])
    np.testing.assert_array_equal(broken[1], table[255])


def test_channels_are_coloured_about_zero() -> None:
    colours, legend = channel_heat(np.array([-0.2, 0.0, 0.1], np.float32), "hidden 1", None)
    table = lut("diverging")
    np.testing.assert_array_equal(colours[:2], table[[0, 128]])
    assert legend.ends == ("-0.2", "0.2")
    same, _ = channel_heat(np.zeros(2, np.float32), "hidden 1", None)
    np.testing.assert_array_equal(same, table[[128, 128]])
