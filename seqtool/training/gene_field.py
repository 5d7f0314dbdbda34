"""The grammar of genes as a conditional random field: a network learns so that the right path wins.

As CRAIG (Bernal et al. 2007) and Tiberius (Gabriel et al. 2024) do it: the score of a path is the
sum of what the letters say (Markov chains and the network), of the grammar's steps, and of the
matrices at the borders; its probability is the exponential of that over the sum of all paths.
Sums over paths by the forward-backward algorithm (Rabiner 1989), in probabilities that are
scaled at every letter.  How long an intron is at least counts only when a path is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from seqtool.decoding.grammar import Grammar

Floats = NDArray[np.float64]
# What a border costs that the grammar does not know: annotation has a few, and they must have a probability.
UNHEARD_OF = -20.0
TINY = 1e-300


@dataclass(frozen=True)
class Ways:
    """The steps of a grammar, (steps,): from state ``after`` to ``state``, where ``condition`` holds.
    ``speaks`` (states,): the class that speaks for each state."""

    after: NDArray[np.intp]
    state: NDArray[np.intp]
    condition: NDArray[np.intp]
    speaks: NDArray[np.intp]
    conditions: int

    @classmethod
    def of(cls, grammar: Grammar) -> Ways:
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
    (time, batch, conditions) is.  A row without any path has minus infinity, and zeros."""

    log_sums: Floats
    states: Floats
    steps: Floats
    conditions: Floats


def all_paths(local: Floats, steps: Floats, borders: Floats, lengths: NDArray[np.int64], ways: Ways) -> Paths:
    """local (time, batch, states): each state's score at each letter, minus infinity where it cannot
    be; steps (batch, steps); borders (time, batch, conditions): a condition's score before a letter."""
    time, batch, states = local.shape
    top = local.max(2, keepdims=True)
    top[np.isneginf(top)] = 0.0  # no state can be here: no path
    factors = np.exp(local - top)
    step_factors = np.exp(steps)
    border_factors = np.exp(borders)
    from_state, to_state = (np.eye(states)[places] for places in (ways.after, ways.state))  # (steps, states)
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
    step_sums = np.zeros_like(steps)
    conditions = np.zeros((time, batch, ways.conditions))
    marginals = np.zeros_like(forward)
    backward = np.ones((batch, states))
    for step in range(time - 1, -1, -1):
        marginals[step] = forward[step] * backward
        if step == 0:
            break
        ahead = moves(step) * ((backward * factors[step] / scales[step]) @ to_state.T)
        if not every:
            ahead *= (step < lengths)[:, None]
        taken = ahead * (forward[step - 1] @ from_state.T)
        step_sums += taken
        conditions[step] = taken @ to_condition
        before = ahead @ from_state
        backward = before if every else np.where((step < lengths)[:, None], before, backward)
    marginals *= (inside_all & alive)[:, :, None]
    step_sums[~alive] = 0.0
    conditions[:, ~alive] = 0.0
    return Paths(log_sums, marginals, step_sums, conditions)


class _LogProbability(torch.autograd.Function):
    """The logarithm of the possible paths' share of all, (batch,); 0 where there is no possible one."""

    @staticmethod
    def forward(
        ctx: Any, local: Tensor, steps: Tensor, borders: Tensor, possible: Tensor, lengths: Tensor, ways: Ways
    ) -> Tensor:
        batch = local.size(1)
        whole = local.detach().double().cpu().numpy()
        right = np.where(possible.cpu().numpy(), whole, -np.inf)
        found = all_paths(
            np.concatenate([whole, right], axis=1),
            np.tile(steps.detach().double().cpu().numpy(), (2, 1)),
            np.tile(borders.detach().double().cpu().numpy(), (1, 2, 1)),
            np.tile(lengths.cpu().numpy(), 2),
            ways,
        )
        share = found.log_sums[batch:] - found.log_sums[:batch]
        lost = ~np.isfinite(share)
        share[lost] = 0.0

        def gain(value: Floats, axis: int) -> Tensor:
            both, wanted = np.split(value, 2, axis=axis)
            difference = wanted - both
            difference[(slice(None),) * axis + (lost,)] = 0.0
            return torch.from_numpy(difference)

        ctx.save_for_backward(gain(found.states, 1), gain(found.steps, 0), gain(found.conditions, 1))
        return torch.from_numpy(share).to(local)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        states, steps, conditions = ctx.saved_tensors
        by_row = gradient.double().cpu().unsqueeze(-1)
        return (
            (states * by_row).to(gradient),
            (steps * by_row).to(gradient),
            (conditions * by_row).to(gradient),
            None,
            None,
            None,
        )


class GeneField(nn.Module):
    """What is learnt beside the network, for each dialect: what is added to the grammar's steps, to
    the weights of the matrices and to those of the chains.  A step has one number for both strands."""

    step_of: Tensor
    matrix_of: Tensor
    counted: Tensor

    def __init__(self, grammars: Sequence[Grammar], matrix_weight: float, kinds: int) -> None:
        """``grammars``: the dialects', alike but for their scores; ``kinds``: how many chains there are."""
        super().__init__()
        first = grammars[0]
        self.ways = Ways.of(first)
        names = [first.states[step.state].name.rstrip("+-") for step in first.steps]
        before = [first.states[step.after].name.rstrip("+-") for step in first.steps]
        # A step of the minus strand leads the other way.
        keys = [
            (state, after)
            if "-" in first.states[step.state].strand + first.states[step.after].strand
            else (after, state)
            for step, state, after in zip(first.steps, names, before)
        ]
        different = list(dict.fromkeys(keys))
        self.register_buffer("step_of", torch.tensor([different.index(key) for key in keys]), persistent=False)
        matrices = [condition[-1] for condition in first.conditions]
        self.borders = list(dict.fromkeys(matrix.name.rstrip("+-") for matrix in matrices if matrix))
        places = [self.borders.index(matrix.name.rstrip("+-")) if matrix else len(self.borders) for matrix in matrices]
        self.register_buffer("matrix_of", torch.tensor(places), persistent=False)
        self.matrix_weight = matrix_weight
        counted = torch.tensor([[step.score for step in grammar.steps] for grammar in grammars])
        self.register_buffer("counted", counted, persistent=False)
        self.steps = nn.Parameter(torch.zeros(len(grammars), len(different)))
        self.matrices = nn.Parameter(torch.zeros(len(grammars), len(self.borders)))
        self.chains = nn.Parameter(torch.zeros(len(grammars), kinds))

    def step_scores(self) -> Tensor:
        """(dialects, steps)."""
        return self.counted + self.steps[:, self.step_of]

    def matrix_weights(self) -> Tensor:
        """(dialects, kinds of borders)."""
        return self.matrix_weight + self.matrices

    def chain_weights(self) -> Tensor:
        """(dialects, kinds of chains)."""
        return 1.0 + self.chains

    def log_probability(
        self,
        scores: Tensor,
        chains: Tensor,
        fits: Tensor,
        sums: Tensor,
        possible: Tensor,
        lengths: Tensor,
        dialects: Tensor,
    ) -> Tensor:
        """Of each row's possible paths, (batch,).

        scores, chains (time, batch, classes): what the network and the chains say; fits, sums (time,
        batch, conditions): whether each condition holds and what its matrix says; possible (time,
        batch, classes); dialects (batch,).
        """
        kinds = self.chains.size(1)
        weights = self.chain_weights()[dialects]  # between genes, then each strand's kinds
        weights = torch.cat([weights.new_zeros(len(dialects), scores.size(2) - 2 * kinds), weights, weights], 1)
        local = (scores + chains * weights)[:, :, self.ways.speaks]
        none = self.matrices.new_zeros(len(self.matrices), 1)
        borders = sums * torch.cat([self.matrix_weights(), none], 1)[dialects][:, self.matrix_of]
        borders = torch.where(fits, borders, UNHEARD_OF)
        found: Tensor = _LogProbability.apply(  # type: ignore[no-untyped-call]
            local, self.step_scores()[dialects], borders, possible[:, :, self.ways.speaks], lengths, self.ways
        )
        return found
