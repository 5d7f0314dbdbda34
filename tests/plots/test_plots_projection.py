"""Projections against an eigendecomposition and scikit-learn, and on inputs that have no spread."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from seqtool.errors import InputError, OptionError
from seqtool.plots.projection import axis_names, project


def clusters(number: int, width: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.normal(0, 4, (5, width))[np.arange(number) % 5] + chance.normal(0, 1, (number, width))


@pytest.mark.parametrize("shape", [(40, 7), (7, 40), (300, 25), (5, 2), (2, 2)])
def test_pca_is_the_leading_eigenvectors(shape: tuple[int, int]) -> None:
    vectors = np.random.default_rng(3).normal(5, 2, shape) * np.linspace(3, 1, shape[1])
    centred = vectors - vectors.mean(axis=0)
    values, directions = np.linalg.eigh(centred.T @ centred)
    leading = directions[:, np.argsort(values)[::-1][:2]]
    leading = leading * np.sign(leading[np.abs(leading).argmax(axis=0), [0, 1]])
    expected = centred @ leading
    expected[:, np.abs(expected).max(axis=0) < 1e-7] = 0  # two points have one direction
    assert np.allclose(project(vectors), expected, atol=1e-7)
    assert np.allclose(np.abs(project(vectors)), np.abs(PCA(2).fit_transform(vectors)), atol=1e-7)


def test_axis_names_tell_the_explained_variance() -> None:
    vectors = clusters(60, 12, 1)
    shares = PCA(2).fit(vectors).explained_variance_ratio_
    names = axis_names(vectors, project(vectors))
    assert names == tuple(f"component {i + 1} ({share:.0%} of the variance)" for i, share in enumerate(shares))
    assert axis_names(vectors, project(vectors), "tsne") == ("", "")
    assert axis_names([[1.0, 1.0]], [[0.0, 0.0]])[0].endswith("(0% of the variance)")


def test_tsne_keeps_neighbours_and_repeats() -> None:
    vectors = clusters(90, 60, 2)
    points = project(vectors, "tsne", seed=7)
    assert points.shape == (90, 2)
    assert trustworthiness(vectors, points, n_neighbors=8) > 0.9
    assert np.array_equal(points, project(vectors, "tsne", seed=7))
    assert not np.array_equal(points, project(vectors, "tsne", seed=8))


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize(
    "vectors",
    [
        np.ones((1, 5)),
        np.zeros((1, 1)),
        np.eye(2),
        np.eye(3),
        np.eye(4),
        np.arange(6.0).reshape(6, 1),
        np.zeros((20, 8)),
        np.full((20, 8), 0.1),
        np.repeat(np.eye(3), 8, axis=0),
        np.vstack([np.zeros((5, 6)), np.eye(6)]),
        clusters(30, 4, 5) * 1e200,
        clusters(30, 4, 5) * 1e-200,
        np.linspace(0, 1e308, 24).reshape(12, 2),
        np.full((50, 3), 1e9) + np.finfo(np.float64).eps,
    ],
    ids=lambda value: f"{value.shape[0]}x{value.shape[1]}" if isinstance(value, np.ndarray) else value,
)
def test_any_vectors_give_finite_points(vectors: np.ndarray, method: str) -> None:
    points = project(vectors, method, seed=1)
    assert points.shape == (len(vectors), 2)
    assert np.isfinite(points).all()


def test_rounding_is_no_direction() -> None:
    line = np.outer(np.linspace(0, 1, 30), [0.1, 0.2, 0.3]) + 1e3
    points = project(line)
    assert np.ptp(points[:, 0]) > 0.3
    assert not points[:, 1].any()


def test_errors_say_what_to_do() -> None:
    with pytest.raises(InputError, match="nothing to draw"):
        project(np.empty((0, 5)))
    with pytest.raises(InputError, match="vector 2: NaN"):
        project([[1.0, 2.0], [float("nan"), 1.0]])
    with pytest.raises(OptionError, match="did you mean 'tsne'"):
        project(np.eye(3), "t-sne")
    with pytest.raises(OptionError, match="at most 20000"):
        project(np.zeros((20_001, 1)))
