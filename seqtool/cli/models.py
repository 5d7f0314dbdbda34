"""seqtool models: what there is, what it says of itself, whether it is whole."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from seqtool.cli.help import HelpfulCommand, HelpfulGroup, option
from seqtool.errors import ModelError
from seqtool.records.files import display_name
from seqtool.records.json_text import to_json
from seqtool.records.terminal import harmless, terminal_output


@click.group("models", cls=HelpfulGroup, examples=["seqtool models list", "seqtool models show sentiment-en"])
def command() -> None:
    """List, show and verify model folders."""


def _entry(path: Path) -> dict[str, Any]:
    from seqtool.modelfolder.manifest import read_manifest

    manifest: dict[str, Any] = {"task": None, "languages": [], "licence": None, "files": {}}
    problem = {}
    try:
        manifest = read_manifest(path)
    except ModelError as error:
        problem["problem"] = str(error)
    return {
        "name": path.name,
        "task": manifest["task"],
        "languages": manifest["languages"],
        "size": sum(entry["size"] for entry in manifest["files"].values()),
        "licence": manifest["licence"],
        "path": display_name(str(path)),
        **problem,
    }


@command.command(
    "list", cls=HelpfulCommand, examples=["seqtool models list", "seqtool models list --format jsonl | jq -r .name"]
)
@option(
    "--format",
    "format_",
    type=click.Choice(["auto", "table", "jsonl"]),
    default="auto",
    show_default=True,
    help="auto: a table on a terminal, JSON lines elsewhere.",
)
def list_models(format_: str) -> int:
    """Every model that a name can reach."""
    from seqtool.modelfolder.find import all_folders

    rows = [_entry(path) for path in all_folders()]
    if format_ == "table" or (format_ == "auto" and terminal_output()):
        from seqtool.cli.tables import show_models

        show_models(rows)
    else:
        sys.stdout.write("".join(to_json(row) + "\n" for row in rows))
    return 0


@command.command("show", cls=HelpfulCommand, examples=["seqtool models show sentiment-en"])
@click.argument("model", metavar="NAME|PATH")
def show(model: str) -> int:
    """Print a model's card."""
    from seqtool.modelfolder.find import find_path
    from seqtool.modelfolder.manifest import CARD, read_manifest, read_small_file

    path = find_path(model)
    read_manifest(path)
    text = read_small_file(path, CARD).decode("utf-8", "replace")
    # A card comes with its folder, perhaps from a stranger: no control sequences onto a terminal.
    sys.stdout.write("\n".join(harmless(line) for line in text.split("\n")))
    return 0


@command.command("verify", cls=HelpfulCommand, examples=["seqtool models verify sentiment-en"])
@click.argument("models", nargs=-1, required=True, metavar="NAME|PATH...")
def verify(models: tuple[str, ...]) -> int:
    """Check every file of a folder against its manifest."""
    from seqtool.modelfolder.find import find_path
    from seqtool.modelfolder.verify import verify as check
    from seqtool.records.terminal import tell

    status = 0
    for model in models:
        try:
            path = find_path(model)
        except ModelError as error:
            tell(f"seqtool models: {error}")
            status = 2
            continue
        manifest, problems = check(path)
        for problem in problems:
            tell(f"seqtool models: {problem}")
        if problems or manifest is None:
            status = 2
        else:
            sys.stdout.write(f"{display_name(str(path))}: {len(manifest['files'])} files as they were written\n")
    return status
