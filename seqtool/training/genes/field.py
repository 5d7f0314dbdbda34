"""The grammar of genes as a conditional random field: a network learns so that the right path wins.

As CRAIG (Bernal et al. 2007) and Tiberius (Gabriel et al. 2024) do it: the score of a path is the
sum of what the letters say (Markov chains and the network), of the grammar's steps, and of the
matrices at the borders; its probability is the exponential of that over the sum of all paths.
Sums over paths by the forward-backward algorithm (Rabiner 1989), in probabilities that are
scaled at every letter.  How long an intron is at least counts only when a path is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqtool.decoding.grammar import Grammar
from seqtool.decoding.paths import IMPOSSIBLE, Floats, Steps, all_paths


class _LogProbability(torch.autograd.Function):
    """The logarithm of the possible paths' share of all, (batch,); 0 where there is no possible one."""

    @staticmethod
    def forward(
        ctx: Any, local: Tensor, steps: Tensor, borders: Tensor, possible: Tensor, lengths: Tensor, ways: Steps
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
        self.ways = Steps.of(first)
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
        indices = [self.borders.index(matrix.name.rstrip("+-")) if matrix else len(self.borders) for matrix in matrices]
        self.register_buffer("matrix_of", torch.tensor(indices), persistent=False)
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
        local = (scores + chains * weights)[:, :, self.ways.class_index]
        none = self.matrices.new_zeros(len(self.matrices), 1)
        borders = sums * torch.cat([self.matrix_weights(), none], 1)[dialects][:, self.matrix_of]
        borders = torch.where(fits, borders, IMPOSSIBLE)
        found: Tensor = _LogProbability.apply(  # type: ignore[no-untyped-call]
            local, self.step_scores()[dialects], borders, possible[:, :, self.ways.class_index], lengths, self.ways
        )
        return found
