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


def all_paths(
    local: Floats, steps: Floats, borders: Floats, lengths: NDArray[np.int64], ways: Steps, *, counts: bool = True
) -> Paths:
    """local (time, batch, states): each state's score at each letter, minus infinity where it cannot
    be; steps (batch, steps); borders (time, batch, conditions): a condition's score before a letter."""
    time, batch, states = local.shape
    top = local.max(2, keepdims=True)
    top[np.isneginf(top)] = 0.0  # no state can be here: no path
    factors = np.exp(local - top)
    step_factors = np.exp(steps)
    border_factors = np.exp(borders)
    from_state, to_state = (np.eye(states)[indices] for indices in (ways.after, ways.state))  # (steps, states)
    to_condition = np.eye(ways.conditions)[ways.condition]
    forward = np.zeros((time, batch, states))
    scales = np.ones((time, batch, 1))
    every = bool((lengths == time).all())
    alive = np.ones(batch, bool)

    def moves(step: int) -> Floats:
        found: Floats = border_factors[step][:, ways.condition]
        found *= step_factors
        return found

    for step in range(time):
        if step == 0:
            here = factors[0].copy()
        else:
            here = ((forward[step - 1] @ from_state.T) * moves(step)) @ to_state
            here *= factors[step]
        scale = here.sum(1, keepdims=True)
        # A row without a path goes on as if nothing were known, and is left out at the end.
        ended = (scale[:, 0] < TINY) & (step < lengths)
        alive &= ~ended
        here[ended], scale[ended] = 1.0 / states, 1.0
        here /= np.maximum(scale, TINY)
        if not every:
            inside = (step < lengths)[:, None]
            here, scale = np.where(inside, here, forward[step - 1]), np.where(inside, scale, 1.0)
        forward[step], scales[step] = here, scale
    inside_all = np.arange(time)[:, None] < lengths
    log_sums = np.log(scales[:, :, 0]).sum(0) + top[:, :, 0].sum(0, where=inside_all)
    log_sums[~alive] = -np.inf
    step_sums = np.zeros_like(steps) if counts else np.zeros((batch, 0))
    conditions = np.zeros((time, batch, ways.conditions if counts else 0))
    marginals = np.zeros_like(forward)
    backward = np.ones((batch, states))
    for step in range(time - 1, -1, -1):
        marginals[step] = forward[step] * backward
        if step == 0:
            break
        ahead = moves(step) * ((backward * factors[step] / scales[step]) @ to_state.T)
        if not every:
            ahead *= (step < lengths)[:, None]
        if counts:
            taken = ahead * (forward[step - 1] @ from_state.T)
            step_sums += taken
            conditions[step] = taken @ to_condition
        before = ahead @ from_state
        backward = before if every else np.where((step < lengths)[:, None], before, backward)
    marginals *= (inside_all & alive)[:, :, None]
    step_sums[~alive] = 0.0
    conditions[:, ~alive] = 0.0
    return Paths(log_sums, marginals, step_sums, conditions)
