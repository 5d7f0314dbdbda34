"""Labelled texts and sentences, as trainings read them and evaluations score them."""

from __future__ import annotations

from dataclasses import dataclass

# A token that may have any tag, and what stands between the tags that one may have.
ANY_TAG = "?"
EITHER = "\x1f"


@dataclass(frozen=True, slots=True)
class Row:
    """A text and the labels that it may have.

    ``labels``: for a single label or a rating, the right one, or several of which one is right
    (a partial label); for several labels a text, all of them, perhaps none.
    """

    text: str
    labels: tuple[str, ...]
    source: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens, and for each what it may be.

    ``possible``: a tag name, or several parted by :data:`EITHER`, or :data:`ANY_TAG`.
    """

    tokens: tuple[str, ...]
    possible: tuple[str, ...]
    source: str = ""
