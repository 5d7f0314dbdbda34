"""The layer that everything stands on: RNN, LSTM or GRU, one or two directions, stacked.

Arrays are time first: inputs (time, batch, features).  A batch is padded; lengths say where
each sequence ends, and padding never reaches an answer: the forward direction only sees it
after the end, and the backward direction reads each sequence reversed by its own length.

Padded rather than packed: on a CPU torch's packed LSTM costs two to three times a padded
batch of like lengths (``benchmarks/training_speed.py``).
"""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

CELLS: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
NONLINEARITIES = ("tanh", "relu")


def reversal_index(time: int, lengths: Tensor) -> Tensor:
    """Indices (time, batch) that turn each sequence round within its own length; padding stays."""
    steps = torch.arange(time, device=lengths.device).unsqueeze(1)  # (time, 1)
    return torch.where(steps < lengths, lengths - 1 - steps, steps)


def _gather(inputs: Tensor, index: Tensor) -> Tensor:
    return inputs.gather(0, index.unsqueeze(-1).expand(-1, -1, inputs.size(-1)))


class Recurrent(nn.Module):
    """Stacked recurrent layers over padded batches.

    cell: ``rnn`` (Elman 1990), ``lstm`` (Hochreiter & Schmidhuber 1997, with forget gates),
    ``gru`` (Cho et al. 2014; the reset gate after the matrix product, as cuDNN has it).
    ``bidirectional``: Schuster & Paliwal 1997.  ``dropout``: between the layers.
    ``nonlinearity``: for ``rnn`` alone.

    Weights are those of one torch module a layer and direction: ``layers.0.forward_cell``,
    ``layers.0.backward_cell``, ...
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        cell: str = "lstm",
        num_layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.0,
        nonlinearity: str = "tanh",
    ) -> None:
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"cell {cell!r}: one of {', '.join(CELLS)}")
        if nonlinearity not in NONLINEARITIES:
            raise ValueError(f"nonlinearity {nonlinearity!r}: one of {', '.join(NONLINEARITIES)}")
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.directions = 2 if bidirectional else 1
        self.output_size = hidden_size * self.directions
        self.dropout = nn.Dropout(dropout)
        settings: dict[str, Any] = {"nonlinearity": nonlinearity} if cell == "rnn" else {}
        self.layers = nn.ModuleList()
        for layer in range(num_layers):
            size = input_size if layer == 0 else self.output_size
            cells = nn.ModuleDict({"forward_cell": CELLS[cell](size, hidden_size, **settings)})
            if bidirectional:
                cells["backward_cell"] = CELLS[cell](size, hidden_size, **settings)
            self.layers.append(cells)
        self.reset_parameters()

    @classmethod
    def of(cls, shape: Any, input_size: int, *, dropout: float = 0.0, bidirectional: bool | None = None) -> Self:
        """The layers that a shape of :mod:`seqtool.modelfolder.shapes` says."""
        return cls(
            input_size,
            shape.hidden_size,
            cell=shape.cell,
            num_layers=shape.num_layers,
            bidirectional=shape.bidirectional if bidirectional is None else bidirectional,
            dropout=dropout,
            nonlinearity=shape.nonlinearity,
        )

    def reset_parameters(self) -> None:
        """Glorot input weights, orthogonal recurrent ones (Saxe et al. 2014), forget gates open
        (bias 1, Jozefowicz et al. 2015)."""
        for name, weight in self.named_parameters():
            gates = weight.view(-1, self.hidden_size, *weight.shape[1:])
            for gate in gates:
                if "weight_ih" in name:
                    nn.init.xavier_uniform_(gate)
                elif "weight_hh" in name:
                    nn.init.orthogonal_(gate)
                else:
                    nn.init.zeros_(gate)
            if self.cell == "lstm" and "bias_ih" in name:
                nn.init.ones_(gates[1])

    def forward(
        self, inputs: Tensor, lengths: Tensor, initial: tuple[Tensor, ...] | None = None, *, cells: bool = False
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run all layers.

        inputs: (time, batch, input_size); lengths: (batch,), each at least 1.
        initial: (hidden,) or for an LSTM (hidden, cell), each (num_layers * directions, batch, hidden_size).
        cells: an LSTM's final cell states are wanted too; ragged batches then run packed, which
        alone gives them.

        Returns the outputs, (time, batch, output_size), zero after each sequence's end, and the
        final states, shaped as ``initial``: (hidden,), or (hidden, cell) with ``cells``.
        """
        time = inputs.size(0)
        index = reversal_index(time, lengths)
        mask = (torch.arange(time, device=inputs.device).unsqueeze(1) < lengths).unsqueeze(-1)
        final_hidden: list[Tensor] = []
        final_cell: list[Tensor] = []
        outputs = inputs
        for number, layer in enumerate(self.layers):
            assert isinstance(layer, nn.ModuleDict)
            if number:
                outputs = self.dropout(outputs)
            by_direction = []
            for direction, module in enumerate(layer.values()):
                assert isinstance(module, nn.RNNBase)
                state = None
                if initial is not None:
                    row = number * self.directions + direction
                    state = tuple(part[row : row + 1].contiguous() for part in initial)
                steps = _gather(outputs, index) if direction else outputs
                out, hidden, cell = self._run(module, steps, lengths, state, cells)
                by_direction.append(_gather(out, index) if direction else out)
                final_hidden.append(hidden)
                final_cell.extend(cell)
            outputs = torch.cat(by_direction, dim=-1) if self.bidirectional else by_direction[0]
            outputs = outputs * mask
        states: tuple[Tensor, ...] = (torch.stack(final_hidden),)
        return outputs, (*states, torch.stack(final_cell)) if final_cell else states

    def _run(
        self, module: nn.RNNBase, steps: Tensor, lengths: Tensor, state: tuple[Tensor, ...] | None, cells: bool
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """One layer in one direction: outputs, final hidden (batch, hidden_size), final cell or nothing."""
        lstm = self.cell == "lstm"
        start = state if state is None or lstm else state[0]
        if lstm and cells and bool((lengths < steps.size(0)).any()):
            packed = pack_padded_sequence(steps, lengths.cpu(), enforce_sorted=False)
            out, (hidden, cell) = module(packed, start)
            padded, _ = pad_packed_sequence(out, total_length=steps.size(0))
            return padded, hidden[0], [cell[0]]
        out, states = module(steps, start)
        if lstm and cells:
            return out, states[0][0], [states[1][0]]
        last = (lengths - 1).view(1, -1, 1).expand(1, -1, out.size(-1))
        return out, out.gather(0, last)[0], []
