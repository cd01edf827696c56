"""What stepping a world on a mesh must hold, whatever the weights."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import device
from engine.core.errors import Cancelled
from engine.mesh_nca import harmonics, kernels
from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.rule import Controls, MeshRule, Weights
from engine.mesh_nca.stepper import Graft, make_stepper
from engine.meshes.surface import Surface
from engine.nca.fire import fire_mask

RULE = MeshRule()
ALL = Controls(fire_rate=1.0)


def lively(rule: MeshRule = RULE, seed: int = 0) -> Weights:
    return Weights.initial(rule, np.random.default_rng(seed))


def noise(surface: Surface, rule: MeshRule = RULE, seed: int = 1) -> np.ndarray:
    made = np.random.default_rng(seed).normal(0, 0.5, (len(surface.vertices), rule.channels))
    return made.astype(np.float32)


def numpy_step(surface, rule, weights, x, controls, seed=0, step=0):
    """The rule written down once more, degree 1, in double and vertex by vertex."""
    points, normals = surface.vertices.astype(float), surface.normals.astype(float)
    mask = fire_mask(seed, step, (1, 1, len(x)), controls.fire_rate).ravel()
    new = x.astype(float)
    for i in np.flatnonzero(mask):
        ring = surface.neighbours[surface.starts[i] : surface.starts[i + 1]]
        d = points[ring] - points[i]
        d /= np.linalg.norm(d, axis=1, keepdims=True) + 1e-8
        difference = x[ring].astype(float) - x[i]
        s0, vector = difference.sum(axis=0), d.T @ difference
        factor = {"sum": 1, "mean": 1 / len(ring), "mean6": 6 / len(ring)}[rule.aggregation]
        angle = -controls.angle - (0 if controls.turn is None else controls.turn[i])
        n = normals[i]
        vector = (
            math.cos(angle) * vector
            + math.sin(angle) * np.cross(n, vector, axisb=0, axisc=0)
            + (1 - math.cos(angle)) * np.outer(n, n @ vector)
        )
        scale = controls.scale * (1 if controls.local_scale is None else controls.local_scale[i])
        blocks = [s0 * scale**2, vector[1] * scale, vector[2] * scale, vector[0] * scale]
        z = np.concatenate([*(factor * b for b in blocks), x[i]])
        update = np.maximum(z @ weights.w1 + weights.b1, 0) @ weights.w2
        update = update + (0 if weights.b2 is None else weights.b2)
        new[i] += update * controls.step_size / max(scale, 1) ** 2
    return new if controls.clamp == 0 else new.clip(-controls.clamp, controls.clamp)


@pytest.mark.parametrize("aggregation", ["sum", "mean", "mean6"])
def test_a_step_is_the_rule_with_all_its_controls(meshes, aggregation):
    surface = meshes.torus()
    rng = np.random.default_rng(3)
    rule = MeshRule(channels=5, hidden=19, aggregation=aggregation, output_bias=False)
    controls = Controls(
        fire_rate=0.7,
        angle=0.4,
        turn=rng.normal(0, 1, len(surface.vertices)).astype(np.float32),
        scale=1.2,
        local_scale=rng.uniform(0.5, 2, len(surface.vertices)).astype(np.float32),
        step_size=0.8,
        clamp=0.9,
    )
    weights, x = lively(rule), noise(surface, rule)
    found = make_stepper(surface, rule, weights, "cpu").step(x, 5, 2, controls)
    expected = numpy_step(surface, rule, weights, x, controls, 5, 2)
    assert abs(found - expected).max() < 3e-6
    assert abs(found).max() == np.float32(0.9)


@settings(max_examples=8, deadline=None)
@given(st.floats(0.01, 100), st.tuples(*[st.floats(-1, 1)] * 3))
def test_translation_and_uniform_scale_change_nothing(meshes, size, shift):
    points, faces = meshes.torus_arrays()
    here, there = Surface.of(points, faces), Surface.of(points * size + np.array(shift), faces)
    x = noise(here)
    steppers = [make_stepper(surface, RULE, lively(), "cpu") for surface in (here, there)]
    first, second = (stepper.step(x, 1, 0, ALL) for stepper in steppers)
    assert abs(first - second).max() < 1e-4


@pytest.mark.parametrize("degree", [1, 2])
def test_turning_the_mesh_about_a_normal_undoes_the_angle(meshes, degree):
    """Directions turn by minus the angle; the mesh turns by the angle: vertex 0 sees no change."""
    points, faces = meshes.torus_arrays()
    surface = Surface.of(points, faces)
    angle, rule = 0.7, MeshRule(degree=degree)
    x = noise(surface, rule)
    spin = meshes.turned(tuple(surface.normals[0].astype(float)), angle)
    turned = Surface.of(surface.vertices.astype(float) @ spin.T, faces)
    before = Neighbourhood.of(surface, rule, Controls()).perceive(x)
    after = Neighbourhood.of(turned, rule, Controls(angle=angle)).perceive(x)
    without = Neighbourhood.of(turned, rule, Controls()).perceive(x)
    assert abs(before[0] - after[0]).max() < 1e-5
    assert abs(before[0] - without[0]).max() > 0.05


def test_the_turn_of_a_comb_adds_to_the_angle(meshes):
    surface = meshes.torus()
    turn = np.full(len(surface.vertices), 0.3, np.float32)
    x = noise(surface)
    both = Neighbourhood.of(surface, RULE, Controls(angle=0.2, turn=turn)).perceive(x)
    one = Neighbourhood.of(surface, RULE, Controls(angle=0.5)).perceive(x)
    assert abs(both - one).max() < 1e-5


@pytest.mark.parametrize(
    ("axes", "components"),
    [
        ("polar", lambda p: (p, np.cross(np.cross((0, 0, 1.0), p), p), np.cross((0, 0, 1.0), p))),
        ("bipolar", lambda p: (p * (1, 0, 1), np.array([-p[2], 0, p[0]]), np.array([0, 1.0, 0]))),
    ],
)
def test_axes_measure_directions_in_frames_of_the_position(meshes, axes, components):
    surface = meshes.torus()
    x = noise(surface)
    plain = Neighbourhood.of(surface, RULE, Controls()).perceive(x).reshape(-1, 5, 16)
    found = Neighbourhood.of(surface, RULE, Controls(axes=axes)).perceive(x).reshape(-1, 5, 16)
    for i in (0, 17, 50):
        y, z, x_ = plain[i, 1:4]
        frame = np.stack([c / np.linalg.norm(c) for c in components(surface.vertices[i] * 1.0)])
        expected = frame @ np.stack([x_, y, z])
        assert abs(found[i, [3, 1, 2]] - expected).max() < 1e-5
    assert (found[:, [0, 4]] == plain[:, [0, 4]]).all()


def test_positions_on_the_axis_have_a_frame():
    octahedron = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])
    faces = [(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)]
    surface = Surface.of(octahedron, np.array(faces))
    for axes in ("polar", "bipolar"):
        seen = Neighbourhood.of(surface, RULE, Controls(axes=axes)).perceive(noise(surface))
        assert np.isfinite(seen).all()


def test_the_same_bits_for_any_number_of_threads(meshes):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(1500, 3))
    faces = rng.integers(0, 1500, (3000, 3))
    surface = Surface.of(points, faces[(np.diff(np.sort(faces), axis=1) > 0).all(axis=1)])
    before = device._threads
    found = []
    try:
        for count in (1, 3):
            device.set_threads(count)
            stepper, x = make_stepper(surface, RULE, lively(), "cpu"), noise(surface)
            for step in range(3):
                x = stepper.step(x, 7, step, Controls())
            found.append(x)
    finally:
        device.set_threads(before)
    assert (found[0] == found[1]).all()


def test_the_mask_is_one_draw_per_vertex_and_obeys_the_rate(meshes):
    surface = meshes.torus()
    rate = np.linspace(0, 2, len(surface.vertices)).astype(np.float32)
    still = Weights.initial(RULE, np.random.default_rng(0))
    still = dataclasses.replace(still, w2=still.w2 * 0, b2=np.ones(16, np.float32))
    stepper, x = make_stepper(surface, RULE, still, "cpu"), np.zeros_like(noise(surface))
    hits = np.zeros(x.shape)
    for step in range(300):
        hits += stepper.step(x, 11, step, Controls(rate=rate))
    assert (hits == hits[:, :1]).all()
    assert hits[0, 0] == 0
    assert hits[-1, 0] == 300
    assert abs(hits[:, 0] / 300 - np.minimum(rate / 2, 1)).max() < 0.12
    mask = fire_mask(4, 9, (1, 1, len(x)), 0.3).ravel()
    assert ((stepper.step(x, 4, 9, Controls(fire_rate=0.3))[:, 0] > 0) == mask).all()


def test_frozen_vertices_do_not_move(meshes):
    surface = meshes.torus()
    rate = np.ones(len(surface.vertices), np.float32)
    rate[::3] = 0
    stepper, x = make_stepper(surface, RULE, lively(), "cpu"), noise(surface)
    new = stepper.step(x, 0, 0, Controls(fire_rate=1.0, rate=rate))
    assert (new[::3] == x[::3]).all()
    assert (abs(new - x).max(axis=1)[rate > 0] > 0).all()


def test_arrays_painted_on_after_they_were_handed_over_count(meshes):
    surface = meshes.torus()
    stepper, x = make_stepper(surface, RULE, lively(), "cpu"), noise(surface)
    rate, turn = np.ones((2, len(surface.vertices)), np.float32)
    controls = Controls(fire_rate=1.0, rate=rate, turn=turn)
    first = stepper.step(x, 0, 0, controls)
    rate[:40] = 0
    turn[60:] = 2
    second = stepper.step(x, 0, 0, controls)
    assert (second[:40] == x[:40]).all()
    assert (second[40:60] == first[40:60]).all()
    assert (second[60:] != first[60:]).any(axis=1).all()


@pytest.mark.parametrize("aggregation", ["mean", "mean6"])
def test_a_valence_of_128_stays_finite(meshes, aggregation):
    surface = meshes.fan(128)
    rule = MeshRule(aggregation=aggregation)
    assert surface.valence.max() == 128
    stepper, x = make_stepper(surface, rule, lively(rule), "cpu"), noise(surface, rule)
    for step in range(50):
        x = stepper.step(x, 0, step, Controls(clamp=1.0))
    assert np.isfinite(x).all()
    assert abs(x).max() <= 1


def test_a_vertex_without_neighbours_perceives_itself(meshes):
    points, faces = meshes.torus_arrays()
    surface = Surface.of(np.concatenate([points, [(0.5, 0.5, 0.5)]]), faces)
    x = noise(surface)
    for aggregation in ("sum", "mean6"):
        seen = Neighbourhood.of(surface, MeshRule(aggregation=aggregation), ALL).perceive(x)
        assert (seen[-1, :64] == 0).all()
        assert (seen[-1, 64:] == x[-1]).all()


def test_a_graft_mixes_the_updates_of_two_models(meshes):
    surface = meshes.torus()
    ours, theirs, x = lively(), lively(seed=5), noise(surface)
    share = np.linspace(0, 1, len(x)).astype(np.float32)
    share[:10], share[-10:] = 0, 1
    stepper = make_stepper(surface, RULE, ours, "cpu")
    a = stepper.step(x, 2, 3, Controls()) - x
    b = make_stepper(surface, RULE, theirs, "cpu").step(x, 2, 3, Controls()) - x
    both = stepper.step(x, 2, 3, Controls(), Graft(theirs, share)) - x
    assert abs(both - ((1 - share[:, None]) * a + share[:, None] * b)).max() < 1e-6
    share[:20] = 1
    painted = stepper.step(x, 2, 3, Controls(), Graft(theirs, share)) - x
    assert abs(painted[:20] - b[:20]).max() < 1e-6
    share[:10] = 0
    mad = dataclasses.replace(theirs, b2=np.full(16, np.nan, np.float32))
    mixed = stepper.step(x, 2, 3, Controls(clamp=2.0), Graft(mad, share))
    assert (mixed[:10] == stepper.step(x, 2, 3, Controls(clamp=2.0))[:10]).all()
    mask = fire_mask(2, 3, (1, 1, len(x)), 0.5).ravel()
    assert (np.isnan(mixed).all(axis=1) == (mask & (share > 0))).all()


def test_the_result_goes_where_it_is_wanted(meshes):
    surface = meshes.torus()
    stepper, x = make_stepper(surface, RULE, lively(), "cpu"), noise(surface)
    kept = x.copy()
    new = stepper.step(x, 0, 0, Controls())
    assert (x == kept).all()
    out = np.empty_like(x)
    assert stepper.step(x, 0, 0, Controls(), out=out) is out
    assert (out == new).all()
    assert stepper.step(x, 0, 0, Controls(), out=x) is x
    assert (x == new).all()
    x.flags.writeable = False
    assert stepper.step(x, 0, 1, Controls()).flags.writeable
    with pytest.raises(ValueError, match="state"):
        stepper.step(x[1:], 0, 0, Controls())
    with pytest.raises(ValueError, match="rate"):
        stepper.step(x, 0, 0, Controls(rate=np.ones(3, np.float32)))
    with pytest.raises(ValueError, match="share"):
        stepper.step(x, 0, 0, Controls(), Graft(lively(), np.ones(3, np.float32)))


def test_one_compiled_function_serves_all_rules_and_controls(meshes):
    surface = meshes.torus()
    for rule in (RULE, MeshRule(degree=2), MeshRule(degree=0, output_bias=False)):
        stepper, x = make_stepper(surface, rule, lively(rule), "cpu"), noise(surface, rule)
        rate = np.ones(len(x), np.float32)
        x.flags.writeable = False
        graft = Graft(lively(rule, 5), rate / 2)
        for controls in (Controls(), Controls(clamp=1.0, rate=rate, turn=rate, local_scale=rate)):
            stepper.step(x, 0, 0, controls)
            stepper.step(x, 0, 0, controls, graft)
    for kernel in (kernels.advance, kernels.bound, harmonics.weigh):
        assert len(kernel.signatures) == 1


def test_a_poll_that_raises_leaves_the_state_alone(meshes):
    surface = meshes.torus()
    stepper, x = make_stepper(surface, RULE, lively(), "cpu"), noise(surface)
    kept = x.copy()

    def cancel():
        raise Cancelled

    with pytest.raises(Cancelled):
        stepper.step(x, 0, 0, Controls(), poll=cancel, out=x)
    assert (x == kept).all()


def test_what_a_turned_dial_renews_asks_who_waits(meshes):
    surface = meshes.torus()
    stepper, x = make_stepper(surface, RULE, lively(), "cpu"), noise(surface)

    def asked(controls):
        calls = []
        stepper.step(x, 0, 0, controls, poll=lambda: calls.append(1))
        return len(calls)

    first, plain, turned = asked(ALL), asked(ALL), asked(dataclasses.replace(ALL, angle=1.0))
    assert plain < turned < first  # the first one makes the rings, too

    def cancel():
        raise Cancelled

    other = dataclasses.replace(ALL, angle=2.0)
    with pytest.raises(Cancelled):
        Neighbourhood.of(surface, RULE, other, cancel)
    assert asked(other) == turned  # nothing half-made was kept
