"""Sums over all paths through a grammar, and how probable each state is on them.

The forward-backward algorithm (Rabiner 1989), in probabilities that are scaled at every letter,
for many stretches side by side.  How long a state is at least kept counts only when the best path
is looked for (:mod:`seqtool.decoding.grammar`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqtool.decoding.grammar import Grammar

Floats = NDArray[np.float64]
# What a border costs that the grammar does not know: annotation has a few, and they must have a probability.
IMPOSSIBLE = -20.0
TINY = 1e-300


@dataclass(frozen=True)
class Steps:
    """The steps of a grammar, (steps,): from state ``after`` to ``state``, where ``condition`` holds.
    ``class_index`` (states,): the class whose scores each state takes."""

    after: NDArray[np.intp]
    state: NDArray[np.intp]
    condition: NDArray[np.intp]
    class_index: NDArray[np.intp]
    conditions: int

    @classmethod
    def of(cls, grammar: Grammar) -> Steps:
        return cls(
            np.array([step.after for step in grammar.steps]),
            np.array([step.state for step in grammar.steps]),
            np.array([grammar.conditions.index(step.condition) for step in grammar.steps]),
            grammar.classes,
            len(grammar.conditions),
        )


@dataclass(frozen=True)
class Paths:
    """Over all paths of each row: the logarithm of their summed exponential scores (batch,), and how
    probable each state (time, batch, states), step (batch, steps; summed over time) and condition
    (time, batch, conditions) is; the last two empty where they are not wanted.  A row without any
    path has minus infinity, and zeros."""

    log_sums: Floats
    states: Floats
    steps: Floats
    conditions: Floats


@dataclass(frozen=True)
class _Factors:
    """The scores of :func:`all_paths` as factors, each letter's divided by its greatest."""

    local: Floats
    steps: Floats
    borders: Floats
    inside: NDArray[np.bool_]  # (time, batch): where a row is not yet over
    ways: Steps

    @property
    def after(self) -> Floats:
        """(steps, states): one where a step comes from."""
        return np.eye(self.local.shape[2])[self.ways.after]

    @property
    def state(self) -> Floats:
        """(steps, states): one where a step goes to."""
        return np.eye(self.local.shape[2])[self.ways.state]

    def moves(self, step: int) -> Floats:
        """(batch, steps): what taking each step before this letter is worth."""
        found: Floats = self.borders[step][:, self.ways.condition]
        found *= self.steps
        return found


def all_paths(
    local: Floats, steps: Floats, borders: Floats, lengths: NDArray[np.int64], ways: Steps, *, counts: bool = True
) -> Paths:
    """local (time, batch, states): each state's score at each letter, minus infinity where it cannot
    be; steps (batch, steps); borders (time, batch, conditions): a condition's score before a letter."""
    top = local.max(2, keepdims=True)
    top[np.isneginf(top)] = 0.0  # no state can be here: no path
    inside = np.arange(len(local))[:, None] < lengths
    factors = _Factors(np.exp(local - top), np.exp(steps), np.exp(borders), inside, ways)
    forward, scales, alive = _forward(factors)
    log_sums = np.log(scales[:, :, 0]).sum(0) + top[:, :, 0].sum(0, where=inside)
    log_sums[~alive] = -np.inf
    marginals, step_sums, conditions = _backward(factors, forward, scales, counts=counts)
    marginals *= (inside & alive)[:, :, None]
    step_sums[~alive] = 0.0
    conditions[:, ~alive] = 0.0
    return Paths(log_sums, marginals, step_sums, conditions)


def _forward(factors: _Factors) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """The scaled sums of the paths to each state (time, batch, states), the scales (time, batch, 1),
    and which rows have a path."""
    time, batch, states = factors.local.shape
    after, state = factors.after, factors.state
    forward = np.zeros((time, batch, states))
    scales = np.ones((time, batch, 1))
    every = bool(factors.inside.all())
    alive = np.ones(batch, bool)
    for step in range(time):
        if step == 0:
            here = factors.local[0].copy()
        else:
            here = ((forward[step - 1] @ after.T) * factors.moves(step)) @ state
            here *= factors.local[step]
        scale = here.sum(1, keepdims=True)
        # A row without a path goes on as if nothing were known, and is left out at the end.
        ended = (scale[:, 0] < TINY) & factors.inside[step]
        alive &= ~ended
        here[ended], scale[ended] = 1.0 / states, 1.0
        here /= np.maximum(scale, TINY)
        if not every:
            inside = factors.inside[step][:, None]
            here, scale = np.where(inside, here, forward[step - 1]), np.where(inside, scale, 1.0)
        forward[step], scales[step] = here, scale
    return forward, scales, alive


def _backward(factors: _Factors, forward: Floats, scales: Floats, *, counts: bool) -> tuple[Floats, Floats, Floats]:
    """How probable each state, step and condition is, as in :class:`Paths`, also beyond a row's end."""
    time, batch, states = forward.shape
    ways, after, state = factors.ways, factors.after, factors.state
    to_condition = np.eye(ways.conditions)[ways.condition]
    step_sums = np.zeros_like(factors.steps) if counts else np.zeros((batch, 0))
    conditions = np.zeros((time, batch, ways.conditions if counts else 0))
    marginals = np.zeros_like(forward)
    backward = np.ones((batch, states))
    every = bool(factors.inside.all())
    for step in range(time - 1, -1, -1):
        marginals[step] = forward[step] * backward
        if step == 0:
            break
        ahead = factors.moves(step) * ((backward * factors.local[step] / scales[step]) @ state.T)
        inside = factors.inside[step][:, None]
        if not every:
            ahead *= inside
        if counts:
            taken = ahead * (forward[step - 1] @ after.T)
            step_sums += taken
            conditions[step] = taken @ to_condition
        before = ahead @ after
        backward = before if every else np.where(inside, before, backward)
    return marginals, step_sums, conditions
