"""The least of a smooth function of a few numbers."""

import pytest

torch = pytest.importorskip("torch")

from engine.attention.minimising import minimise  # noqa: E402

START = torch.tensor([[-1.2, 1.0]], dtype=torch.float64)


def valley(x):
    """Rosenbrock's, least at (1, 1)."""
    a, b = x.flatten()
    return (1 - a) ** 2 + 100 * (b - a * a) ** 2


def test_it_finds_the_end_of_a_bent_valley():
    least, at = minimise(valley, START)
    assert least < 1e-12
    torch.testing.assert_close(at, torch.ones_like(START), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_units_do_not_matter(unit):
    """Tolerances of the values themselves would end at once where all of them are tiny."""
    least, at = minimise(lambda x: unit * (valley(x / unit) + 1.0), unit * START)
    assert least == pytest.approx(unit)
    torch.testing.assert_close(at / unit, torch.ones_like(START), rtol=1e-3, atol=1e-3)


def test_what_overflows_on_the_way_is_not_the_best():
    def walled(x):
        return valley(x) / (x < 0.5).any()

    least, at = minimise(walled, START)
    assert float(walled(at)) == least < float(walled(START))
    assert (at < 0.5).any()


def test_it_can_be_stopped():
    calls = []

    def stop():
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        minimise(valley, START, stop)
    assert len(calls) == 3
