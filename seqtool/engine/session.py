"""onnxruntime, here only: one session a graph, and no graph ever runs with fewer than two rows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

# Before the import: onnxruntime writes into the home folder otherwise, and may call home.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from seqtool.engine.graph_check import check_graph
from seqtool.errors import ModelError

Array = NDArray[Any]

BATCH = "batch"


def axis_size(shapes: dict[str, Any], name: str, axis: int) -> int:
    """The size of an axis of a graph's input or output; 0 where it says none."""
    shape = shapes.get(name) or []
    return shape[axis] if axis < len(shape) and isinstance(shape[axis], int) else 0


class Session:
    """A graph, ready to run.

    Answers do not depend on what else is in the batch: operators that take another path for a
    single row (``RNN`` does) never see one, for a lone row runs beside a copy of itself.  One
    thread a run; runs may go on side by side.

    :raises ModelError: the file is damaged, or is no graph of ours.
    """

    def __init__(self, path: Path) -> None:
        self.tensors = check_graph(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        options.enable_mem_pattern = False  # shapes change with every batch
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            self.inputs = {item.name: item.shape for item in self._session.get_inputs()}
            self.outputs = {item.name: item.shape for item in self._session.get_outputs()}
        except Exception as error:  # onnxruntime has a dozen classes for it, none public
            message = " ".join(str(error).split())
            raise ModelError(f"{path}: cannot be opened: {message}; copy the model folder again") from None
        self.path = path
        # A tensor that names no such axis has no rows: it is the same for the whole batch.
        shapes = {**self.inputs, **self.outputs}
        self._batch_axis = {name: shape.index(BATCH) for name, shape in shapes.items() if BATCH in shape}

    def run(self, wanted: list[str], feeds: dict[str, Array]) -> list[Array]:
        """The wanted outputs for inputs by name.

        :raises ModelError: the graph does not run with inputs of these shapes.
        """
        axes = self._batch_axis
        alone = any(value.shape[axes[name]] == 1 for name, value in feeds.items() if name in axes)
        if alone:
            feeds = {n: np.repeat(value, 2, axis=axes[n]) if n in axes else value for n, value in feeds.items()}
        try:
            results: list[Array] = self._session.run(wanted, feeds)
        except Exception as error:
            message = " ".join(str(error).split())
            raise ModelError(f"{self.path}: does not run: {message}; copy the model folder again") from None
        if alone:
            results = [r.take([0], axis=axes[name]) if name in axes else r for name, r in zip(wanted, results)]
        return results
