import numpy as np
import pytest

from engine.core import rng
from engine.core.errors import BadInput, Cancelled, DivergedError
from engine.mesh_nca.plan import Dials, Plan
from engine.mesh_nca.rule import MeshRule, Weights
from engine.mesh_nca.targets import target_of
from engine.mesh_nca.tensor import TensorRollout
from engine.mesh_nca.trainer import Trainer
from engine.mesh_nca.windows import Windows
from engine.meshes.shapes import icosphere, shape
from engine.meshes.surface import Surface

RULE = MeshRule(channels=12, hidden=16)
PLAN = Plan(vertices=642, pool=16, patches=2, patch_pixels=24, cached_patches=4, updates=100)
DIALS = Dials(learning_rate=4e-3, steps_min=4, steps_spread=2)
SHORT = Dials(steps_min=9, steps_spread=0)


def weights(seed=1):
    """Begin gently: so few updates would not forget an explosion."""
    made = Weights.initial(RULE, rng.stream(seed, "weights"))
    made.w2[...] *= 0.1
    return made


def trainer(plan=PLAN, example="scales", **more):
    return Trainer(RULE, weights(), target_of(None, example, 64), plan, seed=1, **more)


def run(made, own, draw, count, dials=DIALS):
    losses = []  # without the overflow, which comes and goes in short runs
    for _ in range(count):
        own, scalars = made.step(own, draw, dials)
        losses.append(scalars["style distance"])
    return own, losses


def test_training_learns():
    _, losses = run(trainer(), weights(), rng.stream(1, "train"), 11)
    assert np.mean(losses[-3:]) < 0.75 * losses[0]


def test_a_material_is_learned_in_its_channels():
    made = trainer(example="leather")
    own, scalars = made.step(weights(), rng.stream(1, "train"), DIALS)
    assert scalars["style distance"] > 0
    pictures, example = made.patches()
    assert pictures.shape == (2, 24, 24, 9)
    assert example.shape == (1, 24, 24, 9)
    assert own.w2.any(axis=0).all()


def test_it_goes_on_to_the_bit_after_a_restore():
    made, draw = trainer(), rng.stream(1, "train")
    own, _ = run(made, weights(), draw, 3)
    kept = {name: array.copy() for name, array in made.arrays().items()}
    at = rng.snapshot(draw)
    wanted, losses = run(made, own, draw, 6)
    again = trainer()
    again.restore(kept)
    assert again.updates_done == 3
    rng.restore(draw, at)
    found, others = run(again, own, draw, 6)
    assert others == losses
    assert all(np.array_equal(a, found.arrays()[n]) for n, a in wanted.arrays().items())
    with pytest.raises(ValueError, match="pool"):
        again.restore({**kept, "pool": kept["pool"][:, :5]})


def test_nothing_has_changed_where_it_is_cancelled():
    made, draw = trainer(), rng.stream(1, "train")
    own, _ = run(made, weights(), draw, 1)
    before = {name: array.copy() for name, array in made.arrays().items()}
    calls = 0

    def poll():
        nonlocal calls
        calls += 1
        if calls > 12:
            raise Cancelled

    with pytest.raises(Cancelled):
        made.step(own, draw, DIALS, poll)
    assert all(np.array_equal(a, before[name]) for name, a in made.arrays().items())


def test_what_runs_over_is_refused_whole():
    made = trainer()
    broken = weights()
    broken.w2[...] = 1e30
    before = {name: array.copy() for name, array in made.arrays().items()}
    with pytest.raises(DivergedError, match="update 1"):
        made.step(broken, rng.stream(1, "train"), DIALS)
    assert all(np.array_equal(a, before[name]) for name, a in made.arrays().items())


def test_states_of_a_batch_share_the_windows():
    made = trainer(Plan(**{**vars(PLAN), "batch": 2}))
    made.step(weights(), rng.stream(1, "train"), DIALS)
    pool = made.arrays()["pool"]
    assert np.count_nonzero(pool.any(axis=(1, 2))) == 2
    assert made.patches()[0].shape[0] == 2


def test_as_many_patches_are_looked_at_as_were_asked_for():
    made = trainer(Plan(**{**vars(PLAN), "batch": 2, "patches": 3}))
    _, losses = run(made, weights(), rng.stream(1, "train"), 2)
    assert made.patches()[0].shape[0] == 3
    assert np.isfinite(losses).all()


@pytest.mark.parametrize("motion", ["x", "around y", "down"])
def test_motion_is_part_of_the_loss(motion):
    made = trainer(Plan(**{**vars(PLAN), "motion": motion, "motion_weight": 50.0}))
    own, scalars = made.step(weights(), rng.stream(1, "train"), SHORT)
    assert scalars["motion distance"] >= 0
    _, shortest = made.step(own, rng.stream(1, "train"), Dials(steps_min=4, steps_spread=0))
    assert "motion distance" in shortest  # rollouts grow until there are two frames
    still, _ = trainer().step(weights(), rng.stream(1, "train"), SHORT)
    assert not np.array_equal(own.w1, still.w1)


def test_it_learns_on_a_mesh_of_its_own_through_masks():
    surface = shape("knot", 1500)
    made = trainer(Plan(**{**vars(PLAN), "train_on": "own mesh"}), surface=surface)
    assert made.surface is surface
    assert made.arrays()["pool"].shape[1] == len(surface.vertices)
    _, losses = run(made, weights(), rng.stream(1, "train"), 11)
    assert np.mean(losses[-3:]) < 0.75 * losses[0]


def test_motion_on_a_mesh_of_its_own_ends_where_its_windows_do():
    """A still pattern that does not move has no motion distance, whatever the windows cut off."""
    plan = Plan(**{**vars(PLAN), "train_on": "own mesh", "motion": "x", "motion_speed": 0.0})
    made = trainer(plan, surface=shape("knot", 1500))
    frozen = weights()
    for array in frozen.arrays().values():
        array[...] = 0.0
    made.arrays()["pool"][...] = 0.3
    settled = Dials(steps_min=9, steps_spread=0)
    made._adam.count = 1  # no fresh seed
    _, scalars = made.step(frozen, rng.stream(1, "train"), settled)
    assert scalars["motion distance"] == pytest.approx(0.0, abs=1e-6)


def test_scales_are_practised_in_windows_that_fit_them():
    made = trainer(Plan(**{**vars(PLAN), "scales": (0.5, 1.0), "patches": 1}))
    asked = []
    for scale, windows in zip((0.5, 1.0), made._windows, strict=True):

        def draw(*given, scale=scale, windows=windows):
            asked.append(scale)
            return Windows.draw(windows, *given)

        windows.draw = draw
    own, random = weights(), rng.stream(1, "train")
    for update in range(6):
        before = made.arrays()["pool"].copy()
        own, _ = made.step(own, random, DIALS)
        (changed,) = np.nonzero((made.arrays()["pool"] != before).any(axis=(1, 2)))
        assert asked[update] == (0.5, 1.0)[changed[0] % 2]
    assert set(asked) == {0.5, 1.0}
    halves = [w._made and next(iter(w._made.values()))[1].window.half for w in made._windows]
    assert halves[1] == pytest.approx(2 * halves[0])


def test_torch_trains_as_the_fused_kernels_do(monkeypatch):
    plan = Plan(**{**vars(PLAN), "motion": "down", "motion_weight": 5.0})
    own, scalars = trainer(plan).step(weights(), rng.stream(1, "train"), SHORT)

    def by_torch(device, *given, buffer, **more):
        return TensorRollout(*given, **more, device="cpu")

    monkeypatch.setattr("engine.mesh_nca.trainer.make_rollout", by_torch)
    other, others = trainer(plan).step(weights(), rng.stream(1, "train"), SHORT)
    assert others == pytest.approx(scalars, rel=1e-4)
    for name, array in own.arrays().items():
        assert np.allclose(array, other.arrays()[name], atol=2e-5), name


def test_losses_that_need_weights_ask_for_them():
    with pytest.raises(BadInput, match="needs weights"):
        trainer(Plan(**{**vars(PLAN), "loss": "vgg-ot"}))


def test_a_text_needs_weights_and_a_picture():
    with pytest.raises(BadInput, match="weights of CLIP"):
        trainer(Plan(**{**vars(PLAN), "loss": "text", "prompt": "moss"}))
    with pytest.raises(BadInput, match="as a picture"):
        trainer(Plan(**{**vars(PLAN), "loss": "text", "prompt": "moss"}), example="leather")


class Reddish:
    """What a loss of texts looks like to the trainer."""

    name = "text"

    def __init__(self, prompt, weights, device):
        assert prompt == "red"

    def loss(self, images, draw):
        return 1 - images[:, 0].mean()


def test_a_text_is_learned_by_views_of_the_whole(monkeypatch):
    monkeypatch.setattr("engine.style.clip.TextLoss", Reddish)
    made = trainer(Plan(**{**vars(PLAN), "loss": "text", "prompt": "red"}))
    _, losses = run(made, weights(), rng.stream(1, "train"), 12)
    assert losses[-1] < losses[0]
    batch = Windows(
        made.surface, seed=1, count=2, pixels=24, pixels_per_edge=2.0, kind="view"
    ).draw(np.random.default_rng(0), 2, 0)
    assert 0.35 < batch.mask.mean() < 0.55  # a sphere covers .449 of a picture from 2.5
    assert not batch.apply(np.ones((len(made.surface.vertices), 1), np.float32))[~batch.mask].any()


def test_windows_follow_from_seed_and_update():
    surface = Surface.of(*icosphere(8))
    common = {"count": 3, "pixels": 16, "pixels_per_edge": 2.0, "kind": "sphere"}

    def frames(windows, update):
        batch = windows.draw(np.random.default_rng(0), 3, update)
        return [patch.window.frame for patch in batch.patches]

    first = Windows(surface, seed=1, **common)
    frames(first, 0)
    later = frames(first, 40)  # two of three have been renewed by now
    assert np.array_equal(later, frames(Windows(surface, seed=1, **common), 40))
    kept = sum(any(np.array_equal(a, b) for b in frames(first, 0)) for a in later)
    assert kept == 1
    assert not np.array_equal(later, frames(Windows(surface, seed=2, **common), 40))


CUBE = (
    [[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)],
    [
        *([0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]),
        *([2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]),
    ],
)


@pytest.mark.parametrize("mesh", [CUBE, (np.eye(3), [[0, 1, 2]])])
def test_a_mesh_that_shows_nothing_is_refused(mesh):
    surface = Surface.of(*(np.array(part) for part in mesh))
    made = trainer(Plan(**{**vars(PLAN), "train_on": "own mesh"}), surface=surface)
    before = made.arrays()["pool"].copy()
    with pytest.raises(BadInput, match="too coarse"):
        made.step(weights(), rng.stream(1, "train"), DIALS)
    assert made.updates_done == 0
    assert np.array_equal(made.arrays()["pool"], before)


def test_every_window_of_a_curved_mesh_shows_something(monkeypatch):
    surface = shape("gyroid", 2560)

    def whole():
        windows = Windows(surface, seed=1, count=12, pixels=32, pixels_per_edge=1.0, kind="local")
        masks = windows.draw(np.random.default_rng(0), 12, 0).mask
        filters = np.lib.stride_tricks.sliding_window_view(masks, (7, 7), axis=(1, 2))
        return filters.all((3, 4)).any((1, 2))

    assert whole().all()
    monkeypatch.setattr(Windows, "_tells", lambda self, mask: True)
    assert not whole().all()
