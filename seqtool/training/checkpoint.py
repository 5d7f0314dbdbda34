"""Checkpoints: tensors in safetensors, the rest in JSON; never a pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from seqtool.errors import ModelError
from seqtool.records.output import whole_file

TENSORS = "checkpoint.safetensors"
STATE = "checkpoint.json"


def flat_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimizer's state as tensors by name."""
    return {
        f"optimizer.{index}.{name}": value
        for index, state in optimizer.state_dict()["state"].items()
        for name, value in state.items()
        if isinstance(value, Tensor)
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what :func:`flat_optimizer` took."""
    document = optimizer.state_dict()
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimizer."):
            _, index, name = key.split(".", 2)
            state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": document["param_groups"]})


def save_checkpoint(folder: Path, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    """Write both files whole; the state names the tensors that it belongs to.

    Tensors go into a file of their own name first, so that a kill between the two writes leaves
    the older pair as it is.
    """
    name = f"{state['step']}-{TENSORS}"
    with whole_file(folder / name) as path:
        # clone: safetensors refuses tensors that share memory
        save_file({key: value.detach().contiguous().clone() for key, value in tensors.items()}, str(path))
    with whole_file(folder / STATE) as path:
        path.write_text(json.dumps({**state, "tensors": name}), encoding="utf-8")
    for old in folder.glob(f"*-{TENSORS}"):
        if old.name != name:
            old.unlink()


def load_checkpoint(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Tensors and state, or None where there is no checkpoint.

    :raises ModelError: the files are damaged.
    """
    path = folder / STATE
    if not path.is_file():
        return None
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        tensors = load_file(str(folder / Path(str(state["tensors"])).name))
        return tensors, state
    except Exception as error:  # safetensors raises a class of its own, json and OSError others
        raise ModelError(f"{path}: the checkpoint is damaged: {error}; start again without --resume") from None
