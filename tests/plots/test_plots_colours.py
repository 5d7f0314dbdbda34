"""Colours by category and by number."""

from __future__ import annotations

import pytest

from seqtool.plots.colours import MISSING, MISSING_NAME, PALETTE, colour_by, gradient


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_categories_get_colours_by_their_frequency() -> None:
    colouring = colour_by(["b", "a", "a", None, "", "c"], 6)
    assert [name for name, _ in colouring.legend] == ["a", "b", "c", MISSING_NAME]
    assert [mark.colour for _, mark in colouring.legend[:3]] == list(PALETTE[:3])
    assert colouring.marks[1] == colouring.marks[2] == colouring.legend[0][1]
    assert colouring.marks[3] == colouring.marks[4] == MISSING
    assert colouring.limits is None


def test_the_palette_goes_round_with_other_shapes_and_then_ends() -> None:
    colouring = colour_by([f"c{i}" for i in range(32)], 32)
    assert len(set(colouring.marks)) == 32
    assert colouring.marks[8].colour == colouring.marks[0].colour
    assert colouring.marks[8].shape != colouring.marks[0].shape
    many = colour_by([f"c{i}" for i in range(100)], 100)
    assert len(many.legend) == 32
    assert many.legend[-1][0] == "69 others"
    assert many.marks[31] == many.marks[99] == many.legend[-1][1]


def test_numbers_get_a_gradient_that_grows_lighter() -> None:
    colouring = colour_by([3, 1.0, None, 2, float("nan"), float("inf"), 10**400], 7)
    assert colouring.limits == (1.0, 3.0)
    assert [colouring.marks[i].colour for i in (1, 3, 0)] == [gradient(0), gradient(0.5), gradient(1)]
    assert all(colouring.marks[i] == MISSING for i in (2, 4, 5, 6))
    assert colouring.legend == ((MISSING_NAME, MISSING),)
    shades = [luminance(gradient(i / 100)) for i in range(101)]
    assert shades == sorted(shades)


@pytest.mark.parametrize("values", [[1.5, 1.5], [-1.7e308, 1.7e308], [float("nan"), float("nan")], [0, 0]])
def test_numbers_without_a_span(values: list[float]) -> None:
    assert all(mark.colour.startswith("#") for mark in colour_by(values, 2).marks)


def test_what_is_no_number_is_a_category() -> None:
    assert [name for name, _ in colour_by([True, False, True], 3).legend] == ["true", "false"]
    assert [name for name, _ in colour_by(["1", "2"], 2).legend] == ["1", "2"]
    assert [name for name, _ in colour_by([1, "x"], 2).legend] == ["1", "x"]
    assert colour_by([None, None], 2).marks == (MISSING, MISSING)
    assert len(set(colour_by([], 3).marks)) == 1
