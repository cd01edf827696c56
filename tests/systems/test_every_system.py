"""What every system of the registry must do, whoever wrote it."""

import json
import pickle
import queue

import numpy as np
import pytest

from engine.core import commands, presets, registry
from engine.core.capabilities import capabilities
from engine.core.errors import BadInput
from engine.core.figures import TableView
from engine.core.grid import GridSystem, disc_cells
from engine.core.params import assign, fields_of
from engine.core.runner import Runner
from engine.core.spec import Spec
from engine.core.system import Brushable, Exportable, Inspectable, Measured, Trainable
from engine.core.views import ImageView, Pick, Stroke, View, ViewRequest

SLUGS = registry.slugs()
SEED = 5


def smallest(kind):
    """Parameters with everything that costs memory or time at its least."""
    values = {}
    for field in fields_of(kind.Params):
        if field.cost is not None and field.low is not None:
            values[field.name] = int(field.low) if field.kind == "int" else field.low
    try:
        return assign(kind.Params(), values).model_dump(mode="json")
    except BadInput:  # they contradict each other: one at a time
        params = kind.Params()
        for name, value in values.items():
            try:
                params = assign(params, {name: value})
            except BadInput:
                continue
        return params.model_dump(mode="json")


def ends():
    """Every numeric field at both ends, and every choice."""
    for slug in SLUGS:
        for field in fields_of(registry.system_class(slug).Params):
            if field.kind in ("int", "float") and field.cost is None:
                for end in (field.low, field.high):
                    value = int(end) if field.kind == "int" else end
                    yield pytest.param(slug, field.name, value, id=f"{slug}-{field.name}-{end:g}")
            for choice in field.choices:
                yield pytest.param(slug, field.name, choice, id=f"{slug}-{field.name}-{choice}")


@pytest.fixture(params=SLUGS)
def kind(request):
    return registry.system_class(request.param)


def make(kind, /, **params):
    return kind(Spec(kind.info.slug, smallest(kind) | params, seed=SEED, device="cpu"))


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_it_describes_itself(kind):
    assert kind.__doc__
    assert kind.info.title
    assert kind.info.summary.endswith(".")
    assert kind.info.paper
    for field in fields_of(kind.Params):
        assert field.help, field.name
        assert field.kind in ("bool", "choice", "text") or None not in (field.low, field.high)


def test_it_builds_from_defaults_and_draws(kind):
    world = kind(Spec(kind.info.slug, device="cpu"))
    name = world.view_offers()[0].name
    assert name in world.views({name: ViewRequest(max_size=64)})
    assert world.warnings == ()


@pytest.mark.parametrize(("slug", "name", "value"), list(ends()))
def test_it_lives_at_both_ends_of_every_range(slug, name, value):
    kind = registry.system_class(slug)
    try:
        assign(kind.Params(**smallest(kind)), {name: value})
    except BadInput:
        pytest.skip("contradicts another parameter at its least, and says so")
    world = make(kind, **{name: value})
    for _ in range(3):
        world.step()
    assert world.finite()
    assert world.warnings == ()


def test_fifty_steps_stay_finite(kind):
    world = make(kind)
    for _ in range(50):
        world.step()
    assert world.step_count == 50
    assert world.finite()
    for name, value in (world.metrics() if isinstance(world, Measured) else {}).items():
        assert np.isfinite(value), name


def test_the_same_seed_gives_the_same_run(kind):
    one, two = make(kind), make(kind)
    for _ in range(20):
        one.step(), two.step()
    same(one.state("world"), two.state("world"))
    one.reset()
    for _ in range(20):
        one.step()
    same(one.state("world"), two.state("world"))


def test_another_seed_gives_another_run(kind):
    if issubclass(kind, Trainable):
        pytest.skip("an untrained network does nothing, whatever the seed")
    one, two = make(kind), make(kind)
    two.reset(SEED + 1)
    one.step(), two.step()
    a, b = one.get_arrays("world"), two.get_arrays("world")
    assert any(not np.array_equal(a[name], b[name]) for name in a)


def test_the_state_goes_round(kind):
    world = make(kind)
    for _ in range(7):
        world.step()
    saved = world.state("training")
    for _ in range(9):
        world.step()
    expected = world.state("training")
    other = make(kind)
    other.load_state(saved, "training")
    same(other.state("training"), saved)
    for _ in range(9):
        other.step()
    same(other.state("training"), expected)


class Deaf:
    """A listener that only keeps the replies."""

    def __init__(self):
        self.replies = queue.SimpleQueue()

    def replied(self, reply):
        self.replies.put(reply)

    def __getattr__(self, name):
        return lambda *values: None


def test_a_jump_back_and_the_replay_give_the_same_world(kind):
    worlds, ear = [], Deaf()

    def lookup(slug):
        return lambda spec: worlds.append(kind(spec)) or worlds[-1]

    spec = Spec(kind.info.slug, smallest(kind), seed=SEED, device="cpu")
    # Room for three moments or four, so that what is asked for lies between them.
    one = kind(spec).state("world")
    size = sum(a.nbytes for name, a in one.items() if not name.startswith("model/"))
    runner = Runner(spec, ear, lookup=lookup, history_bytes=4 * size)

    def do(command):
        runner.submit(command)
        reply = ear.replies.get(timeout=30)
        assert reply.ok, reply.error
        return worlds[0].state("world")

    runner.start()
    try:
        do(commands.RunTo(13))
        thirteenth = do(commands.Pause())
        last = do(commands.RunTo(30))
        same(do(commands.Jump(13)), thirteenth)
        same(do(commands.RunTo(30)), last)
        do(commands.Jump(1))
        same(do(commands.Jump(30)), last)
        assert 1 <= len(runner.state.moments) <= 4
    finally:
        assert runner.close()


def test_what_is_incidental_changes_no_tick(kind):
    fields = {field.name: field for field in fields_of(kind.Params)}
    for name in sorted(kind.incidental):
        field = fields[name]
        assert field.apply == "live", name
        one, two = make(kind), make(kind)
        if field.kind == "choice":
            value = next(choice for choice in field.choices if choice != field.default)
        elif field.kind in ("text", "path"):
            value = field.default  # most texts would name a file that is not there
        else:
            value = not field.default if field.kind == "bool" else type(field.default)(field.low)
        two.set_param(name, value)
        for _ in range(6):
            one.step(), two.step()
        same(one.state("world"), two.state("world"))


def test_a_state_of_another_shape_is_refused_whole(kind):
    world = make(kind)
    before = world.state("world")
    broken = dict(before)
    name = next(name for name in broken if name.startswith("world/"))
    broken[name] = np.zeros((3, 1), np.float32)
    with pytest.raises(BadInput, match=name):
        world.load_state(broken, "world")
    same(world.state("world"), before)


def requests(channels):
    yield ViewRequest()
    yield ViewRequest(max_size=16)
    yield ViewRequest(region=(3, 5, 20, 16), probes=((0, 0), (4, 6), (9999, 0)))
    yield ViewRequest(region=(-5, -5, 10**6, 10**6))
    for reduce in ("mosaic", "pca"):
        yield ViewRequest(reduce=reduce, max_size=128)
    if channels:
        yield ViewRequest(channels=(channels - 1,))


def test_its_views_are_valid_and_its_own(kind):
    world = make(kind)
    world.step()
    for offer in world.view_offers():
        first = world.views({offer.name: ViewRequest()})[offer.name]
        assert isinstance(first, View)
        channels = len(first.channels) if isinstance(first, ImageView) else 0
        for request in requests(channels):
            view = world.views({offer.name: request})[offer.name]
            assert view.step == 1
            if isinstance(view, ImageView):
                check_image(view, request)
            elif isinstance(view, TableView):
                assert all(len(row) == len(view.columns) for row in view.rows)
            pickle.loads(pickle.dumps(view))
    assert world.views({"no such view": ViewRequest()}) == {}


def check_image(view, request):
    data = view.data
    assert data.flags.c_contiguous
    if data.ndim == 3:
        assert data.dtype == np.uint8
        assert data.shape[2] in (3, 4)
        if data.shape[2] == 4:
            assert (data[..., :3].max(axis=2) <= data[..., 3]).all(), "not premultiplied"
    else:
        assert data.dtype == np.float32
    assert max(data.shape[:2]) <= max(request.max_size, 1)
    row, column, rows, columns = view.region
    assert row >= 0
    assert column >= 0
    assert 0 < row + rows <= view.extent[0]
    assert 0 < column + columns <= view.extent[1]
    assert view.probes.shape[0] == len(view.probed)
    assert all(0 <= r < view.extent[0] and 0 <= c < view.extent[1] for r, c in view.probed)


def test_a_view_is_not_written_again(kind):
    world = make(kind)
    name = world.view_offers()[0].name
    view = world.views({name: ViewRequest()})[name]
    if not isinstance(view, ImageView):
        pytest.skip("no picture")
    before = view.data.copy()
    for _ in range(5):
        world.step()
    assert np.array_equal(view.data, before)


def test_a_brush_changes_only_its_patch(kind):
    world = make(kind)
    if not (isinstance(world, Brushable) and isinstance(world, GridSystem)):
        pytest.skip("has no brush for cells")
    for _ in range(10):
        world.step()
    height, width = world.field().shape[:2]
    for at in ((height / 2, width / 2), (0.5, 0.5)):
        for tool in world.brushes():
            # A stamp may be larger than a small brush: it is given its own radius.
            radius = max(3.0, tool.radius)
            rows, columns = disc_cells((at,), radius, (height, width), world.wraps)
            outside = np.ones((height, width), bool)
            outside[rows, columns] = False
            before = np.array(world.field())
            world.brush(Stroke("world", tool.name, (at,), radius=radius))
            assert np.array_equal(np.array(world.field())[outside], before[outside]), tool.name
    assert world.finite()


def test_a_brush_survives_nonsense(kind):
    world = make(kind)
    if not isinstance(world, Brushable):
        pytest.skip("has no brush")
    for points in ((), ((1e9, -1e9),), ((float("nan"), 0.0),), ((float("inf"), 0.0),)):
        for tool in world.brushes():
            world.brush(Stroke("world", tool.name, points, channel=10**6))
    with pytest.raises(BadInput):
        world.brush(Stroke("world", "no such tool", ((1.0, 1.0),)))
    world.step()
    assert world.finite()


def test_the_inspector_answers_inside_and_is_silent_outside(kind):
    world = make(kind)
    if not isinstance(world, Inspectable):
        pytest.skip("has no inspector")
    first = world.view_offers()[0]
    inside, outside = {
        "mesh": ((1.0, 0.2, 0.3), ((-1.0, 0.2, 0.3), (1e9, 0.2, 0.3))),
        "heads": ((0.0, 0.0, 1.0, 0.0), ((0.0, 99.0, 1.0, 0.0), (0.0, 0.0, 1e6, 0.0))),
    }.get(first.kind, ((1.2, 3.4), ((-1.0, 3.0), (1.0, 1e6))))
    assert world.inspect(Pick("world", inside))
    for at in outside:
        assert world.inspect(Pick("world", at)) == ()


def test_parameters_and_capabilities_travel(kind):
    params = kind.Params()
    assert (
        kind.Params.model_validate(json.loads(json.dumps(params.model_dump(mode="json")))) == params
    )
    able = capabilities(make(kind))
    assert pickle.loads(pickle.dumps(able)) == able
    assert able.views


def test_live_parameters_can_be_set_while_it_runs(kind):
    world = make(kind)
    for field in fields_of(kind.Params):
        if field.apply == "live" and field.cost is None and field.low is not None:
            world.set_param(field.name, int(field.high) if field.kind == "int" else field.high)
            world.step()
            world.set_param(field.name, field.default)
    assert world.finite()
    with pytest.raises(BadInput):
        world.set_param("no such parameter", 1)


def test_what_it_exports_is_written(kind, tmp_path):
    world = make(kind)
    if not isinstance(world, Exportable):
        pytest.skip("exports nothing")
    for export in world.exports():
        path = tmp_path / f"world{export.ending}"
        export.write(path)
        assert path.stat().st_size > 0


def test_its_preset_file_is_current(kind):
    path = registry.preset_file(kind.info.slug)
    assert path.is_file(), "write it with: primordia presets --write"
    assert not presets.outdated(kind, path), "bring it up to date with: primordia presets --write"
    entry = presets.read(path)
    assert entry.info == kind.info
    assert entry.trainable == issubclass(kind, Trainable)


@pytest.mark.parametrize(
    ("slug", "preset"),
    [
        pytest.param(entry.info.slug, preset, id=f"{entry.info.slug}-{preset.id}")
        for entry in registry.catalogue()
        for preset in entry.presets
    ],
)
def test_every_preset_can_be_used(slug, preset):
    kind = registry.system_class(slug)
    assign(kind.Params(), preset.params)
    assert preset.look.endswith(".")
    if preset.model is not None:
        assert (presets.RESOURCES / "models" / preset.model).is_file()
    if preset.target is not None:
        assert (presets.RESOURCES / "targets" / preset.target).is_file()
    if preset.thumbnail is not None:
        picture = presets.THUMBNAILS / preset.thumbnail
        assert 500 < picture.stat().st_size <= 20_000
