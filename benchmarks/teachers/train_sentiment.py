"""A teacher for sentiment: all-MiniLM-L6-v2, fine-tuned to a distribution over 1 to 5 stars.

    python benchmarks/teachers/train_sentiment.py --data DATA/classify --output FOLDER --steps 3000 --decay 900
    python benchmarks/teachers/train_sentiment.py --data DATA/classify --output FOLDER --resume FOLDER/last \\
        --extra benchmarks/recipes/contrast.tsv --steps 3000 --decay 900

A row of a set with three classes allows several stars (negative 1 or 2, neutral 3, positive 4 or 5):
the loss is minus the logarithm of what the allowed stars have together.  The rate rises, stays flat,
then falls to nothing over the last ``--decay`` steps (with ``--minutes``: over that time's last third
instead, whichever comes first); the state before the fall is kept as `flat`, so a run can go on from
there with more steps.  Everything is drawn from the seed, the round and
the step: a resumed run reads what the whole one would have read.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from encoder import Teacher, padded, pieces_of, pretrained, read_tokenizer
from safetensors import safe_open
from safetensors.torch import save_file
from sources import (
    UNSEEN_SETS,
    Row,
    Source,
    rates,
    read_extra,
    read_sources,
    share_of,
    split,
    sst_dev_rows,
    test_texts,
    unseen_rows,
)
from torch import Tensor

PIECES = 64
WORDS = 58
STRETCH = (16, 48)
ROUNDS = 10  # parts of a pass over everything; the last part of a word, a resumed run may begin at any
SORTED = 40  # batches among which texts of like length are put together
UNSEEN_ROWS = 300
SPEAKS_EVERY = 20
AVERAGES = ("exp_avg", "exp_avg_sq")  # what AdamW keeps of each weight


@dataclass
class Pool:
    """Training rows with the rate of each, and the rows that are scored, by name."""

    rows: list[Row]
    rates: list[float]
    scored: dict[str, list[Row]]
    names: list[str]


def gather(arguments: argparse.Namespace) -> Pool:
    """All sets, without those left out; those are scored instead."""
    held = test_texts(arguments.data)
    pool = Pool([], [], {}, [])
    sources: list[Source] = read_sources(arguments.data)
    sources += [read_extra(path, arguments.extra_passes) for path in arguments.extra]
    left_out = set(arguments.leave_out)
    unknown = left_out - {source.name for source in sources}
    if unknown:
        raise SystemExit(f"--leave-out {min(unknown)}: no such source")
    for source in sources:
        if source.name.removesuffix("_titles") in left_out:
            chosen = sorted(source.rows, key=lambda row: share_of(row.text))[: 2 * UNSEEN_ROWS]
            pool.scored[f"left out: {source.name}"] = chosen
            continue
        train, dev = split(source, held) if source.balance else (source.rows, [])
        pool.rows += train
        pool.rates += rates(source, train)
        pool.names.append(source.name)
        if dev:
            pool.scored[source.name] = dev[: arguments.score_rows]
    pool.scored["sst_dev"] = sst_dev_rows(arguments.data)[:400]
    for name in UNSEEN_SETS:
        pool.scored[f"unseen: {name}"] = unseen_rows(arguments.data, name, UNSEEN_ROWS)
    return pool


def drawn(pool: Pool, seed: int, number: int) -> list[int]:
    """The places of the rows of a round, shuffled; over the rounds each row comes as often as its rate says."""
    places = []
    for place, (row, rate) in enumerate(zip(pool.rows, pool.rates)):
        start = share_of(seed, row.source, row.text)
        times = math.floor(start + (number + 1) * rate / ROUNDS) - math.floor(start + number * rate / ROUNDS)
        places += [place] * times
    random.Random(f"{seed} {number}").shuffle(places)
    return places


def stretch(text: str, chance: random.Random) -> str:
    """A long text cut to a stretch of 16 to 48 words: its end, its beginning, or anywhere."""
    words = text.split()
    if len(words) <= WORDS:
        return text
    length = chance.randint(*STRETCH)
    last = len(words) - length
    start = chance.choice((0, last, last, chance.randint(0, last), chance.randint(0, last)))
    return " ".join(words[start : start + length])


@dataclass
class Batch:
    """Ids (texts, pieces), lengths, and which stars each text allows (texts, 5)."""

    ids: Tensor
    lengths: Tensor
    allowed: Tensor


def allowed_stars(rows: Sequence[Row]) -> Tensor:
    """(texts, 5): true where a text may have these stars."""
    table = torch.zeros(len(rows), 5, dtype=torch.bool)
    for place, row in enumerate(rows):
        table[place, [star - 1 for star in row.stars]] = True
    return table


def batches(pool: Pool, seed: int, number: int, size: int, tokenizer: Any, device: str) -> Iterator[Batch]:
    """The batches of a round; texts of like length together, the batches of a stretch in any order."""
    places = drawn(pool, seed, number)
    chance = random.Random(f"stretch {seed} {number}")
    for start in range(0, len(places), size * SORTED):
        rows = [pool.rows[place] for place in places[start : start + size * SORTED]]
        pieces = pieces_of(tokenizer, [stretch(row.text, chance) for row in rows], PIECES)
        order = sorted(range(len(rows)), key=lambda place: len(pieces[place]))
        cuts = [order[at : at + size] for at in range(0, len(order), size)]
        chance.shuffle(cuts)
        for cut in cuts:
            ids, lengths = padded([pieces[place] for place in cut], device)
            yield Batch(ids, lengths, allowed_stars([rows[place] for place in cut]).to(device))


def loss_of(logits: Tensor, allowed: Tensor) -> Tensor:
    """Minus the logarithm of the probability of all allowed stars together, the mean over the texts."""
    together = logits.masked_fill(~allowed, -torch.inf).logsumexp(1)
    return (logits.logsumexp(1) - together).mean()


def left_at(step: int, seconds: float, arguments: argparse.Namespace) -> float:
    """How much of the fall is still to come: over 1 before it, 0 at the end; by steps or by time, what is sooner."""
    left = (arguments.steps - step) / max(1, arguments.decay)
    return min(left, 3 * (1 - seconds / (60 * arguments.minutes))) if arguments.minutes else left


def optimiser(model: Teacher, rate: float) -> torch.optim.AdamW:
    """AdamW; matrices decay, the head learns ten times as fast."""
    parts: defaultdict[tuple[bool, bool], list[Tensor]] = defaultdict(list)
    for name, values in model.named_parameters():
        parts[name.startswith("head"), values.ndim > 1 and "words" not in name].append(values)
    groups = [
        {"params": values, "peak": rate * (10 if head else 1), "weight_decay": 0.01 if matrix else 0.0}
        for (head, matrix), values in sorted(parts.items(), key=lambda item: item[0])
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))


def save(stem: Path, model: Teacher, adam: torch.optim.AdamW | None, state: dict[str, Any]) -> None:
    """`STEM.safetensors` (weights; with ``adam`` its two averages as well) and `STEM.json`, each put in place whole."""
    tensors = {f"model.{name}": values.detach().cpu().contiguous() for name, values in model.named_parameters()}
    if adam is not None:
        for name, values in model.named_parameters():
            for kind in AVERAGES:
                if values in adam.state:
                    tensors[f"{kind}.{name}"] = adam.state[values][kind].cpu().contiguous()
    partial = stem.with_suffix(".partial")
    save_file(tensors, str(partial), metadata={"step": str(state["step"])})
    os.replace(partial, stem.with_suffix(".safetensors"))
    partial.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, stem.with_suffix(".json"))


def restore(stem: Path, model: Teacher, adam: torch.optim.AdamW | None) -> dict[str, Any]:
    """What `save` wrote; the step stands in both files and must agree."""
    state: dict[str, Any] = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
    with safe_open(str(stem.with_suffix(".safetensors")), "pt") as file:
        if file.metadata()["step"] != str(state["step"]):
            raise SystemExit(f"{stem}: the two files are of different steps")
        for name, values in model.named_parameters():
            with torch.no_grad():
                values.copy_(file.get_tensor(f"model.{name}"))
            if adam is not None:
                averages = {kind: file.get_tensor(f"{kind}.{name}").to(values.device) for kind in AVERAGES}
                adam.state[values] = {"step": torch.tensor(float(state["step"])), **averages}
    return state


def windows(text: str) -> list[str]:
    """The stretches by which a long text is scored here: its beginning and its end."""
    words = text.split()
    return [text] if len(words) <= WORDS else [" ".join(words[:WORDS]), " ".join(words[-WORDS:])]


@torch.no_grad()
def probabilities(model: Teacher, tokenizer: Any, texts: Sequence[str]) -> Tensor:
    """(texts, 5): the mean over the stretches of each text."""
    device = str(model.head.bias.device)
    model.eval()
    pieces, owners = [], []
    for place, text in enumerate(texts):
        parts = windows(text)
        pieces += pieces_of(tokenizer, parts, PIECES)
        owners += [place] * len(parts)
    total = torch.zeros(len(texts), 5)
    order = sorted(range(len(pieces)), key=lambda place: len(pieces[place]))
    for start in range(0, len(order), 64):
        cut = order[start : start + 64]
        ids, lengths = padded([pieces[place] for place in cut], device)
        total.index_add_(0, torch.tensor([owners[place] for place in cut]), model(ids, lengths).softmax(1).cpu())
    model.train()
    return total / total.sum(1, keepdim=True)


def scores(rows: Sequence[Row], found: Tensor) -> dict[str, float]:
    """Polarity of two classes (rows that are not neutral), of three, and the mean error in stars."""
    three = torch.stack((found[:, :2].sum(1), found[:, 2], found[:, 3:].sum(1)), 1)
    gold = torch.tensor([0 if max(row.stars) < 3 else 2 if min(row.stars) > 3 else 1 for row in rows])
    clear = gold != 1
    result: dict[str, float] = {"rows": len(rows)}
    if bool(clear.any()):
        two = torch.where(three[:, 2] > three[:, 0], 2, 0)
        result["two"] = float((two == gold)[clear].float().mean())
    result["three"] = float((three.argmax(1) == gold).float().mean())
    exact = torch.tensor([len(row.stars) == 1 for row in rows])
    if bool(exact.all()):
        stars = found @ torch.arange(1.0, 6.0)
        result["error"] = float((stars - torch.tensor([float(row.stars[0]) for row in rows])).abs().mean())
    return {name: round(value, 4) for name, value in result.items()}


def score_all(model: Teacher, tokenizer: Any, pool: Pool) -> dict[str, dict[str, float]]:
    """The scores of every set, printed; the mean of two-class polarity of seen sets last."""
    results = {}
    for name, rows in pool.scored.items():
        results[name] = scores(rows, probabilities(model, tokenizer, [row.text for row in rows]))
        cells = " ".join(f"{key} {value:.3f}" for key, value in results[name].items() if key != "rows")
        print(f"    {name:45} {len(rows):>5} {cells}", flush=True)
    for title, chosen in (("seen", False), ("unseen", True)):
        found = [item["two"] for name, item in results.items() if "two" in item and (":" in name) == chosen]
        if found:
            print(f"    mean of {title}: two classes {sum(found) / len(found):.4f}", flush=True)
    return results


class Training:
    """A run: the model, its optimiser, where it stands, its log."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.tokenizer = read_tokenizer()
        self.pool = gather(arguments)
        torch.manual_seed(arguments.seed)
        self.model = Teacher(pretrained()).train().to(arguments.device)
        self.adam = optimiser(self.model, arguments.rate)
        self.state: dict[str, Any] = {"step": 0, "round": 0, "batch": 0, "crops": 0}
        if arguments.resume:
            self._resume(arguments.resume)
        self.state |= {"seed": arguments.seed, "names": self.pool.names, "pieces": PIECES, "labels": list("12345")}
        self.stopped = False
        self.begun = time.monotonic()
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)

    def _resume(self, stem: Path) -> None:
        self.state = restore(stem, self.model, self.adam)
        if self.state["seed"] != self.arguments.seed:
            raise SystemExit(f"{stem}: was trained with --seed {self.state['seed']}")
        if self.state["names"] != self.pool.names:  # other rows: the round that was begun means nothing now
            self.state |= {"round": self.state["round"] + 1, "batch": 0}

    def _stop(self, *_: object) -> None:
        self.stopped = True

    def log(self, **entry: Any) -> None:
        """One JSON line."""
        with open(self.arguments.output / "log.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps({"time": time.strftime("%H:%M:%S"), "step": self.state["step"], **entry}) + "\n")

    def save(self, name: str, whole: bool = True) -> None:
        save(self.arguments.output / name, self.model, self.adam if whole else None, self.state)

    def rest(self) -> Iterator[Batch]:
        """Batches from where the run stands, round after round."""
        while True:
            skip = self.state["batch"]
            arguments = self.arguments
            number = self.state["round"]
            found = batches(self.pool, arguments.seed, number, arguments.batch, self.tokenizer, arguments.device)
            for place, batch in enumerate(found):
                if place >= skip:
                    self.state["batch"] = place + 1
                    yield batch
            self.state |= {"round": self.state["round"] + 1, "batch": 0}

    def left(self) -> float:
        return left_at(self.state["step"], time.monotonic() - self.begun, self.arguments)

    def step(self, batch: Batch) -> float:
        """One step of the optimiser, its rate up, flat, then down; the loss."""
        share = min(1.0, (self.state["step"] + 1) / self.arguments.warmup, max(0.0, self.left()))
        for group in self.adam.param_groups:
            group["lr"] = group["peak"] * share
        torch.manual_seed(self.arguments.seed * 1_000_003 + self.state["step"])
        loss = loss_of(self.model(batch.ids, batch.lengths), batch.allowed)
        self.adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.adam.step()
        self.state["step"] += 1
        self.state["crops"] += len(batch.ids)
        return float(loss.detach())

    def score(self) -> None:
        print(f"  step {self.state['step']}, {self.state['crops']} crops", flush=True)
        self.log(scores=score_all(self.model, self.tokenizer, self.pool))

    def run(self) -> None:
        """Until the last step, or until asked to stop; the state is kept either way."""
        arguments, state = self.arguments, self.state
        print(f"{len(self.pool.rows)} rows, {sum(self.pool.rates):.0f} a pass; from step {state['step']}", flush=True)
        saved = spoken = time.monotonic()
        crops, losses = state["crops"], []
        rest = self.rest()
        falling = False
        while (left := self.left()) > 0 and not self.stopped:
            if left <= 1 and not falling:
                self.save("flat")
                falling = True
            losses.append(self.step(next(rest)))
            now = time.monotonic()
            if state["step"] % SPEAKS_EVERY == 0:
                speed, loss = (state["crops"] - crops) / (now - spoken), sum(losses) / len(losses)
                self.log(loss=round(loss, 4), crops=state["crops"], crops_a_second=round(speed, 1))
                print(f"step {state['step']:>6} round {state['round']} loss {loss:.4f} {speed:.1f} crops/s", flush=True)
                spoken, crops, losses = now, state["crops"], []
            if now - saved > 60 * arguments.save_minutes:
                self.save("last")
                saved = now
            if arguments.score_every and state["step"] % arguments.score_every == 0:
                self.score()
                spoken = time.monotonic()
        self.save("last")
        if not self.stopped:
            self.save("teacher", whole=False)
            self.score()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with stars_*.tsv.xz")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--decay", type=int, default=900, help="steps at the end in which the rate falls")
    parser.add_argument("--minutes", type=float, default=0.0, help="end after this time, not after --steps")
    parser.add_argument("--warmup", type=int, default=100)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="FOLDER/last or FOLDER/flat")
    parser.add_argument("--extra", type=Path, action="append", default=[], help="a table: stars or label, text")
    parser.add_argument("--extra-passes", type=float, default=5.0, help="how often its rows are read in a pass")
    parser.add_argument("--leave-out", action="append", default=[], metavar="SOURCE")
    parser.add_argument("--save-minutes", type=float, default=5.0)
    parser.add_argument("--score-every", type=int, default=600)
    parser.add_argument("--score-rows", type=int, default=120, help="dev rows of each set that are scored")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cuda, where there is one")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.output.mkdir(parents=True, exist_ok=True)
    Training(arguments).run()


if __name__ == "__main__":
    main()
