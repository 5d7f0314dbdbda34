"""A linear-chain conditional random field over tags (Lafferty et al. 2001; Lample et al. 2016, 2.2).

A path's score is the sum of its emissions, its transitions, and a start and an end score; a path's
probability is the exponential of its score over that of all paths.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

# The score of what cannot be: far below any other, and still a number with a gradient.
IMPOSSIBLE = -1e4
TINY = 1e-37


class ConditionalRandomField(nn.Module):
    """Transition scores between tags, and the exact logarithm of the sum over paths.

    ``allowed`` (num_tags + 1, num_tags + 1), bool: [i, j] says whether j may follow i; the last
    row is the start, the last column the end.  What it forbids has no weight that could be learnt.
    """

    allowed: Tensor

    def __init__(self, num_tags: int, allowed: Tensor | None = None) -> None:
        super().__init__()
        self.num_tags = num_tags
        self.transitions = nn.Parameter(torch.zeros(num_tags + 1, num_tags + 1))
        whole = torch.ones(num_tags + 1, num_tags + 1, dtype=torch.bool)
        self.register_buffer("allowed", whole if allowed is None else allowed, persistent=False)

    def scores(self) -> Tensor:
        """The transition scores, with :data:`IMPOSSIBLE` where there is no way."""
        return self.transitions.masked_fill(~self.allowed, IMPOSSIBLE)

    def log_partition(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """The logarithm of the summed exponential scores of all paths, (batch,).

        emissions: (time, batch, num_tags), with :data:`IMPOSSIBLE` for tags that a step cannot
        have; lengths: (batch,), each at least 1.  The forward algorithm (Rabiner 1989), each step
        a product with the exponential transitions, its largest term taken out.
        """
        scores = self.scores()
        step = scores[:-1, :-1].exp()
        alpha = scores[-1, :-1] + emissions[0]
        for time in range(1, emissions.size(0)):
            top = alpha.detach().max(1, keepdim=True).values
            summed = ((alpha - top).exp() @ step).clamp_min(TINY).log() + top + emissions[time]
            alpha = torch.where((time < lengths).unsqueeze(1), summed, alpha)
        return torch.logsumexp(alpha + scores[:-1, -1], 1)

    def loss(self, emissions: Tensor, lengths: Tensor, possible: Tensor) -> Tensor:
        """Minus the log-probability of each row's possible paths together, (batch,).

        possible: (time, batch, num_tags), bool: the tags that each step may have.  With one tag a
        step that is the usual negative log-likelihood; with several, the steps' tags are summed
        over (a partial CRF, Tsuboi et al. 2008), so that what is not annotated teaches nothing.
        """
        masked = emissions.masked_fill(~possible, IMPOSSIBLE)
        # One pass for both sums: rows side by side.
        both = self.log_partition(torch.cat([emissions, masked], 1), torch.cat([lengths, lengths]))
        every, right = both.chunk(2)
        return every - right
