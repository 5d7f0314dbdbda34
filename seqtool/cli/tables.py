"""Tables for eyes, by rich; imported only where one is shown."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def show_report(report: dict[str, Any]) -> None:
    """An evaluation's report."""
    console = Console()
    title = report["model"] + (f" on {report['source']}" if "source" in report else "")
    console.print(Text(f"{title}: {report['rows']:,} rows", style="bold"))
    _numbers(console, report)
    _labels(console, report)
    if "stars" in report:
        console.print(Text("stars", style="bold"))
        _numbers(console, report["stars"])
        _labels(console, report["stars"])
    if "compared" in report:
        other = report["compared"]
        console.print(
            f"against {other['model']}: only this one right {other['only_first_right']}, "
            f"only that one right {other['only_second_right']}, p = {other['p_value']:.4g}",
            highlight=False,
        )


def show_tag_report(report: dict[str, Any]) -> None:
    """The report of a tagger."""
    console = Console()
    title = report["model"] + (f" on {report['source']}" if "source" in report else "")
    console.print(Text(f"{title}: {report['sentences']:,} sentences, {report['tokens']:,} tokens", style="bold"))
    _numbers(console, report)
    table = Table(box=None, pad_edge=False)
    for name in ("words", "tokens", "accuracy", *(("entities", "recall", "F1") if "f1" in report else ())):
        table.add_column(name, justify="left" if name == "words" else "right")
    for name in ("known_words", "unknown_words"):
        part = report[name]
        accuracy = "-" if part["accuracy"] is None else f"{part['accuracy']:.4f}"
        entities = [f"{part['count']:,}", f"{part['recall']:.4f}", f"{part['f1']:.4f}"] if "f1" in part else []
        table.add_row(name.removesuffix("_words"), f"{part['tokens']:,}", accuracy, *entities)
    console.print(table)
    _labels(console, report)


def _numbers(console: Console, report: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    for key in (
        "precision",
        "recall",
        "f1",
        "accuracy",
        "exact_match",
        "balanced_accuracy",
        "micro_f1",
        "macro_f1",
        "calibration_error",
        "mean_absolute_error",
    ):
        if key not in report:
            continue
        spread = report.get(f"{key}_interval")
        between = f"95 %: {spread[0]:.4f} to {spread[1]:.4f}" if spread else ""
        table.add_row(key.replace("_", " ").replace("f1", "F1"), f"{report[key]:.4f}", between)
    console.print(table)


def _labels(console: Console, report: dict[str, Any]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("label", "precision", "recall", "F1", "rows"):
        table.add_column(name, justify="left" if name == "label" else "right")
    # A confusion matrix of many labels does not fit a terminal; JSON has it all.
    confusion = report.get("confusion", [])
    shown = confusion if len(confusion) <= 6 else []
    for row in report["labels"] if shown else []:
        table.add_column(Text("as " + row["label"][:9]), justify="right")
    for index, row in enumerate(report["labels"]):
        scores = [f"{row[key]:.3f}" for key in ("precision", "recall", "f1")]
        counts = [str(count) for count in shown[index]] if shown else []
        table.add_row(Text(row["label"]), *scores, str(row["count"]), *counts)
    console.print(table)


def show_models(rows: list[dict[str, Any]]) -> None:
    """The list of models."""
    table = Table(box=None, pad_edge=False)
    for name in ("name", "task", "languages", "size", "licence", "path"):
        table.add_column(name, overflow="fold")
    for row in rows:
        size = f"{row['size'] / 1e6:.1f} MB"
        cells = [row["name"], row["task"] or "", " ".join(row["languages"]), size, row["licence"] or "", row["path"]]
        table.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(table)
