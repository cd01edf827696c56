import numpy as np
import pytest
from PIL import Image, ImageDraw

from engine.core.errors import BadInput
from engine.media.background import border_colour, flood_from_border, remove_background
from engine.media.images import Picture, check_target, crop_square, to_target, to_texture

RED = (0.9, 0.1, 0.2)


def picture(pixels) -> Picture:
    pixels = np.asarray(pixels, dtype=np.float32)
    return Picture(pixels=np.ascontiguousarray(pixels), format="PNG", sha256="0", name="pic.png")


def filled(height, width, rgba) -> np.ndarray:
    return np.full((height, width, 4), rgba, dtype=np.float32)


def disc(ground: str, hole: str = "white", side: int = 120) -> np.ndarray:
    """A red disc with a hole, its edges mixed with the ground as any drawing program does it."""
    image = Image.new("RGB", (side * 4, side * 4), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse([side, side, side * 3, side * 3], fill=tuple(round(c * 255) for c in RED))
    draw.ellipse([side * 1.5, side * 1.5, side * 2, side * 2], fill=hole)
    small = np.asarray(image.resize((side, side), Image.Resampling.BOX)) / 255.0
    return np.dstack([small, np.ones((side, side))])


@pytest.mark.parametrize(
    ("height", "width", "words"),
    [(1, 1, "too small: 1 x 1"), (3, 50, "too small: 50 x 3"), (4, 300, "too narrow: 300 x 4")],
)
def test_shapes_that_nothing_can_be_learned_from(height, width, words):
    with pytest.raises(BadInput, match=rf"pic\.png: is {words}"):
        check_target(picture(filled(height, width, 1)))


def test_an_invisible_picture_is_refused():
    with pytest.raises(BadInput, match="wholly transparent"):
        check_target(picture(filled(8, 8, (1, 0, 0, 0))))
    barely = filled(8, 8, (1, 0, 0, 0))
    barely[3, 3, 3] = 0.5
    assert check_target(picture(barely)).has_alpha


def test_a_target_of_the_wanted_size_is_unchanged_but_premultiplied():
    pixels = np.random.default_rng(0).random((40, 40, 4), dtype=np.float32)
    target = to_target(picture(pixels), 40, padding=16)
    assert target.shape == (72, 72, 4)
    assert target.dtype == np.float32
    np.testing.assert_array_equal(target[16:56, 16:56, 3], pixels[..., 3])
    np.testing.assert_allclose(target[16:56, 16:56, :3], pixels[..., :3] * pixels[..., 3:])
    assert target.sum() == pytest.approx(target[16:56, 16:56].sum())


@pytest.mark.parametrize("hidden", [(0, 1, 0), (1, 1, 1), (0, 0, 0)])
@pytest.mark.parametrize("size", [23, 64, 300])
def test_hidden_colours_make_no_halo(hidden, size):
    pixels = filled(128, 128, (*hidden, 0))
    pixels[40:90, 30:100] = (*RED, 1)
    target = to_target(picture(pixels), size)
    alpha = target[..., 3:]
    seen = alpha[..., 0] > 0.05
    # Wherever anything shows it is red and nothing but red.
    np.testing.assert_allclose(
        (target[..., :3] / np.maximum(alpha, 1e-6))[seen], [RED] * seen.sum(), atol=0.03
    )
    assert (target[..., :3] <= alpha + 1e-6).all()
    assert alpha.sum() == pytest.approx(50 * 70 * (size / 128) ** 2, rel=0.02)


def test_aspect_is_kept_and_the_picture_is_centred():
    target = to_target(picture(filled(20, 60, (1, 1, 1, 1))), 30, background="keep", padding=3)
    assert target.shape == (36, 36, 4)
    rows, columns = np.nonzero(target[..., 3])
    assert (rows.min(), rows.max()) == (13, 22)
    assert (columns.min(), columns.max()) == (3, 32)


@pytest.mark.parametrize(
    ("ground", "mode"),
    [("white", "auto"), ("white", "white"), ("black", "black"), ("#3366cc", "corner")],
)
def test_a_plain_background_goes_without_a_halo_and_the_hole_stays(ground, mode):
    target = to_target(picture(disc(ground)), 60, background=mode)
    alpha = target[..., 3]
    assert alpha[0, 0] == alpha[-1, -1] == 0
    assert alpha[30, 30] == 1
    # The hole, as white as the paper, is not connected with the border.
    np.testing.assert_allclose(target[20, 20], 1, atol=0.02)
    edge = (alpha > 0.1) & (alpha < 0.9)
    assert edge.sum() > 20
    np.testing.assert_allclose(
        target[edge][:, :3] / target[edge][:, 3:], [RED] * edge.sum(), atol=0.06
    )
    # Cropped to the disc: its area fills pi / 4 of the square.
    assert alpha.mean() == pytest.approx(np.pi / 4, rel=0.04)


def test_auto_keeps_a_photograph_and_the_own_alpha_of_a_file():
    photo = np.random.default_rng(0).random((32, 32, 4))
    photo[..., 3] = 1
    assert (to_target(picture(photo), 32)[..., 3] == 1).all()
    cut = filled(32, 32, (1, 1, 1, 1))
    cut[:, :16, 3] = 0
    np.testing.assert_array_equal(to_target(picture(cut), 32)[..., 3], cut[..., 3])


def test_keep_removes_nothing_and_alpha_needs_alpha():
    pixels = picture(disc("white"))
    assert (to_target(pixels, 60, background="keep")[..., 3] == 1).all()
    with pytest.raises(BadInput, match="has no transparency"):
        to_target(pixels, 60, background="alpha")


def test_a_picture_that_is_all_background_is_refused():
    with pytest.raises(BadInput, match="nothing is left"):
        to_target(picture(filled(16, 16, (0.5, 0.5, 0.5, 1))), 16)


def test_threshold_decides_what_counts_as_background():
    pixels = filled(32, 32, (1, 1, 1, 1))
    pixels[8:24, 8:24, :3] = 0.8
    assert to_target(picture(pixels), 16, threshold=0.1)[..., 3].min() == 1  # cropped to the square
    with pytest.raises(BadInput, match="nothing is left"):
        to_target(picture(pixels), 16, threshold=0.3)
    for wrong in ({"threshold": 1.5}, {"padding": -1}):
        with pytest.raises(ValueError, match="out of range"):
            to_target(picture(pixels), 16, **wrong)


def test_flood_follows_a_spiral_and_stops_at_diagonals():
    maze = np.array(
        [
            [0, 1, 0, 0, 0, 0, 0],
            [0, 1, 0, 1, 1, 1, 0],
            [0, 1, 0, 1, 0, 1, 0],
            [0, 1, 0, 0, 0, 1, 0],
            [0, 1, 1, 1, 1, 1, 0],
            [0, 0, 0, 0, 0, 0, 0],
        ],
        dtype=bool,
    )
    np.testing.assert_array_equal(flood_from_border(maze), maze)
    diagonal = np.zeros((4, 4), dtype=bool)
    diagonal[0, 0] = diagonal[1, 1] = True
    assert flood_from_border(diagonal).sum() == 1
    assert not flood_from_border(np.zeros((3, 3), dtype=bool)).any()


def test_flood_agrees_with_growing_cell_by_cell():
    mask = np.random.default_rng(4).random((40, 50)) < 0.62
    slow = np.zeros_like(mask)
    slow[[0, -1]], slow[:, [0, -1]] = mask[[0, -1]], mask[:, [0, -1]]
    while True:
        wide = np.pad(slow, 1)
        grown = mask & (
            wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
        )
        if (grown == slow).all():
            break
        slow = grown
    np.testing.assert_array_equal(flood_from_border(mask), slow)


def test_pixel_art_beside_the_background_stays_opaque():
    sprite = filled(9, 9, (1, 1, 1, 1))
    sprite[2:7, 2:7, :3] = (1, 1, 0)  # a yellow outline is no mixture of white and black
    sprite[3:6, 3:6, :3] = 0
    colour, share = border_colour(sprite[..., :3], 0.1)
    np.testing.assert_array_equal(colour, 1)
    assert share == 1
    alpha = remove_background(sprite, colour, 0.1)[..., 3]
    np.testing.assert_array_equal(alpha[2:7, 2:7], 1)
    assert alpha.sum() == 25


def test_texture_is_opaque_on_white_and_square_when_cropped():
    pixels = filled(20, 40, (1, 0, 0, 0.5))
    texture = to_texture(picture(pixels), 10)
    assert texture.shape == (5, 10, 3)
    np.testing.assert_allclose(texture, np.broadcast_to([1, 0.5, 0.5], texture.shape), atol=1e-6)
    square = crop_square(picture(np.dstack([np.tile(np.arange(40) / 40, (20, 1))] * 4)))
    assert (square.width, square.height) == (20, 20)
    assert square.pixels[0, 0, 0] == pytest.approx(10 / 40)
    assert to_texture(square, 32).shape == (32, 32, 3)
    with pytest.raises(ValueError, match="out of range"):
        to_texture(square, 0)
