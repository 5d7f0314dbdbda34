"""Many dimensions to two: principal components, or t-SNE (van der Maaten & Hinton 2008)."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqtool.errors import InputError, OptionError, nearest

METHODS = ("pca", "tsne")
POINTS_LIMIT = 20_000
# The neighbours that t-SNE keeps together, and what it starts from: 50 components lose little but
# noise, and make it several times faster (as its authors did).
PERPLEXITY = 30.0
TSNE_COMPONENTS = 50
# Below four points there is no neighbourhood to keep: t-SNE gives what PCA gives.
TSNE_POINTS = 4


def project(vectors: ArrayLike, method: str = "pca", seed: int = 1) -> NDArray[np.float64]:
    """The points of a map: (n, 2), float64.

    ``vectors``: (n, d). The same vectors, method and seed give the same points; PCA needs no seed. Rows that
    are all zeros or all alike are points like any other. t-SNE looks at Euclidean distances: scale the rows
    to length one first where the angle is what counts.

    :raises InputError: no vectors, or one with NaN or Infinity.
    :raises OptionError: an unknown method, too many points, or scikit-learn is not installed.
    """
    if method not in METHODS:
        raise OptionError(f"{method!r} is no projection; {nearest(method, METHODS)}")
    rows = _checked(vectors)
    if method == "tsne" and len(rows) >= TSNE_POINTS:
        return _tsne(rows, seed)
    return _principal_components(rows, 2)


def axis_names(vectors: ArrayLike, points: ArrayLike, method: str = "pca") -> tuple[str, str]:
    """What to write along the axes: for PCA each component's share of the variance; t-SNE's mean nothing."""
    if method != "pca":
        return "", ""
    rows = _scaled(_checked(vectors))
    total = float(((rows - rows.mean(axis=0)) ** 2).sum()) or 1.0
    shares = (np.asarray(points, dtype=np.float64) ** 2).sum(axis=0) / total
    first, second = (f"component {i + 1} ({share:.0%} of the variance)" for i, share in enumerate(shares))
    return first, second


def _checked(vectors: ArrayLike) -> NDArray[np.float64]:
    rows = np.asarray(vectors, dtype=np.float64)
    if rows.size == 0:
        raise InputError("nothing to draw: there is no vector; give at least one word or line that has one")
    if rows.ndim != 2:
        raise ValueError("vectors: (n, d) is needed")
    if len(rows) > POINTS_LIMIT:
        raise OptionError(f"{len(rows)} points are too many for a picture; choose at most {POINTS_LIMIT}")
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise InputError(f"vector {int(finite.argmin()) + 1}: NaN or Infinity in it; leave it out")
    return rows


def _scaled(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows whose squares would overflow or vanish, with one as the largest number; others as they are."""
    largest = float(np.abs(rows).max())
    return rows if largest == 0 or 1e-100 < largest < 1e100 else rows / largest


def _principal_components(rows: NDArray[np.float64], number: int) -> NDArray[np.float64]:
    """(n, d) to (n, number): the coordinates along the directions of most variance, most first.

    The sign of a direction is chance: here its largest part is positive. Directions in which nothing
    but rounding differs, and those that are not there (d < number), give zeros.
    """
    rows = _scaled(rows)
    centred = rows - rows.mean(axis=0)
    # The directions of R are those of QR: the big matrix of left vectors is never made.
    triangle = np.linalg.qr(centred, mode="r") if len(rows) > rows.shape[1] else centred
    _, lengths, directions = np.linalg.svd(triangle, full_matrices=False)
    rounding = np.finfo(np.float64).eps * float(np.abs(rows).max()) * np.sqrt(rows.size)
    real = lengths > 8 * rounding
    directions = directions[real][:number]
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    points = np.zeros((len(rows), number))
    points[:, : len(directions)] = centred @ (directions * signs[:, None]).T
    return points


def _tsne(rows: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    try:
        from sklearn.manifold import TSNE
    except ImportError:
        raise OptionError(
            "t-SNE needs scikit-learn: pip install 'seqtool[plot]', or choose the projection pca"
        ) from None
    components = _principal_components(rows, max(2, min(TSNE_COMPONENTS, *rows.shape)))
    spread = float(components[:, 0].std())
    if not spread:
        return np.zeros((len(rows), 2))
    # The first two components, small: near points start near (Kobak & Berens 2019), and the map is repeatable.
    # A breath of noise parts points that start on the same spot.
    components /= spread
    start = components[:, :2] * 1e-4
    start += np.random.default_rng(seed).normal(0.0, 1e-6, start.shape)
    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = TSNE(perplexity=perplexity, init=start.astype(np.float32), random_state=seed).fit_transform(components)
    points = np.asarray(made, dtype=np.float64)
    if not np.isfinite(points).all():  # degenerate neighbourhoods: a plain map is better than none
        return _principal_components(rows, 2)
    return points
