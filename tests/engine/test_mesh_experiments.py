"""The checks of MeshNCA pass what holds and miss what does not: grey, noise, other textures."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from engine.core.activity import null_activity
from engine.core.errors import BadInput
from engine.core.experiment import reproduce
from engine.core.params import assign
from engine.experiments import mesh, mesh_models
from engine.mesh_nca import measuring

BY_NAME = {one.name: one for one in mesh.EXPERIMENTS}


def status(name):
    return reproduce(BY_NAME[name], null_activity()).status


@cache
def windows(surface, *given, **options):
    return WINDOWS(surface, *given, **options)


WINDOWS = measuring.windows


def seen(surface, *given, poll=None, **options):
    """Windows that are made once for all tests, and fewer of them."""
    return windows(surface, *(min(count, 96) for count in given), **options)


def still():
    """Nothing to be stopped for."""


@pytest.fixture(scope="module")
def surface():
    return mesh_models.sphere(22)


@pytest.fixture(scope="module")
def models():
    return mesh_models.shipped("scales", "spots")


@pytest.fixture(scope="module")
def made(surface, models):
    """What the models make, (V, C) each."""
    return {name: mesh_models.grown(one, surface, 96, still) for name, one in models.items()}


@pytest.fixture
def lab(monkeypatch, surface, models):
    """The experiments with scales alone, on one small sphere."""
    monkeypatch.setattr(mesh, "sphere", lambda nu=24: surface)
    body = replace(surface)  # alike, and not the same
    monkeypatch.setattr(mesh, "bodies", lambda: {"knot": body})
    monkeypatch.setattr(mesh, "shipped", lambda *names: {"scales": models["scales"]})
    monkeypatch.setattr(mesh, "DRAWS", 1)
    monkeypatch.setattr(mesh, "WINDOWS", 32)
    monkeypatch.setattr(measuring, "windows", seen)
    return monkeypatch


def blank(cells, model):
    """All of the example's mean colour."""
    cells = np.zeros_like(cells)
    cells[:, :3] = model.target.pixels.mean(axis=(0, 1)) - 0.5
    return cells


def mixed(cells):
    return measuring.shuffled(cells, np.ones(len(cells), bool))


@pytest.mark.parametrize(
    ("kind", "fall", "wanted"),
    [
        ("texture", 3000.0, "passed"),
        ("texture", 50.0, "missed"),
        ("blank", 3000.0, "missed"),
        ("grey", 3000.0, "missed"),
        ("mixed", 3000.0, "missed"),
        ("other", 3000.0, "missed"),
    ],
)
def test_a_training_must_have_made_a_texture(lab, made, models, kind, fall, wanted):
    cells = made["scales"]
    found = {
        "texture": cells,
        "blank": blank(cells, models["scales"]),
        "grey": np.zeros_like(cells),
        "mixed": mixed(cells),
        "other": made["spots"],
    }[kind]
    lab.setattr(mesh, "learned", lambda *_: (models["scales"], [fall] + [1.0] * 20))
    lab.setattr(mesh, "grown", lambda *_: found)
    assert status("mesh.trains-on-sphere") == wanted


@pytest.mark.parametrize(
    ("sphere", "body", "wanted"),
    [
        ("texture", "texture", "passed"),
        ("texture", "mixed", "missed"),
        ("texture", "other", "missed"),
        ("mixed", "mixed", "missed"),  # alike everywhere, and nowhere the texture
    ],
)
def test_models_must_be_good_on_the_sphere_and_alike_elsewhere(
    lab, made, surface, sphere, body, wanted
):
    kinds = {"texture": made["scales"], "mixed": mixed(made["scales"]), "other": made["spots"]}
    lab.setattr(mesh, "grown", lambda model, where, *_: kinds[sphere if where is surface else body])
    assert status("mesh.generalises") == wanted


def test_without_models_nothing_is_shown(monkeypatch, tmp_path):
    monkeypatch.setattr(mesh_models, "MODELS", tmp_path)
    with pytest.raises(BadInput, match="no mesh model"):
        mesh_models.shipped()


@pytest.mark.parametrize(
    ("turn", "wanted"), [(1.0, "passed"), (0.0, "missed"), (-1.0, "missed"), (0.8, "missed")]
)
def test_stripes_must_turn_by_the_angle(lab, surface, turn, wanted):
    x, y, z = surface.vertices.astype(np.float64).T
    about, up = np.arctan2(x, z), np.arctanh(np.clip(y, -0.99, 0.99))  # a map true to angles

    def stripes(*_, controls):
        angle = turn * float(controls.angle)
        wave = np.sin(16 * (np.cos(angle) * up - np.sin(angle) * about))
        return np.repeat(wave.astype(np.float32)[:, None], 16, 1)

    lab.setattr(mesh, "grown", stripes)
    assert status("mesh.rotation") == wanted


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("texture", "passed"), ("nothing", "missed"), ("mixed", "missed"), ("other", "missed")],
)
def test_the_texture_itself_must_come_back(lab, made, kind, wanted):
    """The spread of values is the same in what is mixed up: it is no measure."""
    good = made["scales"]

    def heal(*_, cells=None, **__):
        if cells is None:
            return good.copy()
        hole = ~cells.any(axis=1)
        if kind == "mixed":
            return measuring.shuffled(good, hole) if hole.any() else cells
        new = {"texture": good, "nothing": cells, "other": made["spots"]}[kind]
        return np.where(hole[:, None], new, cells)

    lab.setattr(mesh, "grown", heal)
    assert status("mesh.regrows") == wanted


MEANS = {
    "spots": {"largest value": 0.7, "style": 0.03},
    "kin": {"largest value": 0.7, "style": 0.03},
    "stranger": {"largest value": 2.0, "style": 0.09},
}


@pytest.mark.parametrize(
    ("means", "wanted"),
    [
        ({}, "passed"),
        ({"stranger": MEANS["kin"]}, "missed"),
        ({"stranger": {"largest value": 2.0, "style": 0.05}}, "missed"),
        ({"stranger": {"largest value": 0.9, "style": 0.09}}, "missed"),
        ({"kin": {"largest value": 1.1, "style": 0.03}}, "missed"),
        ({"spots": {"largest value": 1.1, "style": 0.03}}, "missed"),
    ],
)
def test_a_stranger_must_do_worse(lab, made, surface, models, means, wanted):
    lab.setattr(mesh, "shipped", lambda *names: models)
    lab.setattr(mesh, "_means", lambda *_: MEANS | means)
    lab.setattr(mesh, "grown", halves(made, surface))
    assert status("mesh.grafts") == wanted


@pytest.mark.parametrize(
    ("swapped", "factor", "wanted"), [(True, 1.0, "missed"), (False, 3.0, "missed")]
)
def test_halves_must_be_what_they_were(lab, made, surface, models, swapped, factor, wanted):
    lab.setattr(mesh, "shipped", lambda *names: models)
    lab.setattr(mesh, "_means", lambda *_: MEANS)
    lab.setattr(mesh, "grown", halves(made, surface, swapped, factor))
    assert status("mesh.grafts") == wanted


def halves(made, surface, swapped=False, factor=1.0):
    """Run a model as it is alone, and two of them each on its side."""
    right = surface.vertices[:, :1] > 0

    def run(model, *_, graft=None, **__):
        if graft is None:
            return made[model.name]
        theirs = right == (graft.share[right[:, 0].argmax()] > 0.5)
        hidden = np.where(theirs != swapped, made["spots"], made["scales"])
        hidden[:, 12] *= np.float32(factor)  # too large where nobody sees it
        hidden[0, 12] = min(0.5 * factor, 1.5)
        return hidden

    return run


def test_means_are_of_weights_and_begin_alike(lab, made, surface, models):
    """Kin begins with the first model's weights, the stranger with none; all else is the same."""
    first, second = models.values()
    asked, weights = [], []

    def learned(*given, weights=None):
        asked.append((given, weights))
        return second, []

    def run(model, *_, **__):
        weights.append(model.weights)
        return made["scales"]

    lab.setattr(mesh, "learned", learned)
    lab.setattr(mesh, "grown", run)
    batch = measuring.windows(surface, 4, pixels=32)
    found = mesh._means(first, second, batch, surface, null_activity())
    (kin, begun), (stranger, fresh) = asked
    assert kin[:3] == stranger[:3] == ("spots", 2, mesh.UPDATES)
    assert begun is first.weights
    assert fresh is None
    np.testing.assert_allclose(weights[0].w1, (first.weights.w1 + second.weights.w1) / 2, atol=1e-6)
    assert found["kin"]["largest value"] == pytest.approx(np.abs(made["scales"]).max())


@pytest.mark.parametrize(
    ("size", "share", "wanted"),
    [
        (lambda count: 66.0, 0.05, "passed"),
        (lambda count: count / 150, 0.05, "missed"),  # as many features on any sphere
        (lambda count: 66.0, 1.0, "missed"),  # noise keeps to vertices as well
    ],
)
def test_a_texture_must_keep_to_its_vertices(lab, models, size, share, wanted):
    noise = mesh._noise(models["scales"])
    lab.setattr(mesh, "sphere", lambda nu: mesh_models.sphere(nu // 4))
    lab.setattr(mesh, "grown", lambda model, where, *_: np.zeros((len(where.vertices), 16)))
    lab.setattr(measuring, "windows", lambda *_, **__: None)  # not looked through here
    lab.setattr(measuring, "style_distance", lambda *_: share * noise)
    lab.setattr(measuring, "vertices_per_feature", lambda where, _: size(len(where.vertices)))
    assert status("mesh.density") == wanted


@pytest.mark.parametrize(
    ("law", "wanted"),
    [
        (lambda s: 66 * s**2, "passed"),
        (lambda s: 66.0, "missed"),
        (lambda s: 66 * s, "missed"),
        (lambda s: 66 * s**2 * (1.3 if s == 2.0 else 1.0), "missed"),
        (lambda s: 66 * s**2 * (1.6 if s == 0.5 else 1.0), "missed"),
    ],
)
def test_features_must_grow_with_the_square_of_the_scale(lab, law, wanted):
    lab.setattr(mesh, "grown", lambda *_, controls: np.full((3, 16), controls.scale))
    lab.setattr(measuring, "vertices_per_feature", lambda _, values: law(-float(values[0])))
    assert status("mesh.scale") == wanted


def test_what_stands_still_does_not_drift(lab, made, models):
    moving = assign(models["scales"].params, {"motion": "down"})
    lab.setattr(mesh, "shipped", lambda *_: {"drift": replace(models["scales"], params=moving)})
    lab.setattr(mesh, "grown", lambda *_, cells=None, **__: made["scales"])
    assert status("mesh.drifts") == "missed"


def test_a_sheet_without_models_that_move_says_so(lab):
    with pytest.raises(BadInput, match="no model that moves"):
        status("mesh.drifts")
