"""``ctbone presets``: the presets as a table, or the file of one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ctbone.presets.catalogue import Preset, preset_text, read_presets
from ctbone.telling import plain_console

if TYPE_CHECKING:
    from rich.table import Table

#: Columns that the table is written in where the output has no width of its own.
_WIDTH = 190


@dataclass(frozen=True, kw_only=True)
class PresetsConfig:
    """List the published systems that ship as configurations of ctbone train."""

    show: str | None = None
    """Print the configuration of one of them with its comments instead, such as wu2025: kept in a
    file, ctbone train takes it as --config."""


def presets(config: PresetsConfig) -> None:
    """Print the presets as a table, or the file of one.

    Raises:
        ValueError: If no preset is called that.
    """
    if config.show is not None:
        sys.stdout.write(preset_text(config.show))
        return
    console = plain_console()
    wide = console if console.is_terminal else plain_console(width=_WIDTH)
    wide.print(_table(read_presets()))


class _Column(NamedTuple):
    title: str
    cell: Callable[[Preset, Mapping[str, Any]], str]


_COLUMNS: Sequence[_Column] = (
    _Column("preset", lambda preset, _: preset.id),
    _Column("study", lambda preset, _: f"{preset.study} [{preset.reference_number}]"),
    _Column("network", lambda _, head: str(head["network"]["backbone"])),
    _Column("dimensions", lambda _, head: f"{head['network']['dimensions']}D"),
    _Column("planes of the study", lambda preset, _: ", ".join(preset.planes)),
    _Column("input", lambda _, head: _input(head["input"])),
    _Column("task", lambda _, head: _task(head["network"])),
    _Column("levels", lambda _, head: _levels(head)),
    _Column("reference", lambda preset, _: preset.reference_standard),
    _Column("unknown", lambda preset, _: "; ".join(preset.unknown)),
)


def _table(shown: Sequence[Preset]) -> Table:
    from rich.table import Table

    table = Table(
        *(column.title for column in _COLUMNS),
        title="Presets: reconstructions of published systems, without weights",
        caption="Unknown of all: window, sizes, fit. In brackets: reference of JMIR 2025, e77155.",
        title_justify="left",
        caption_justify="left",
    )
    table.columns[0].no_wrap = True
    for preset in shown:
        cells = (column.cell(preset, preset.configuration["head"]) for column in _COLUMNS)
        table.add_row(*cells)
    return table


def _input(seen: Mapping[str, Any]) -> str:
    beside = {
        "mask_channel": "with mask",
        "muscle_channel": "with muscle",
        "only_body": "body alone",
    }
    extras = [words for name, words in beside.items() if seen.get(name)]
    return ", ".join([str(seen["plane"]), *extras])


def _task(network: Mapping[str, Any]) -> str:
    positive = network.get("positive")
    return f"{network['task']} ({positive})" if positive else str(network["task"])


def _levels(head: Mapping[str, Any]) -> str:
    pooled = " pooled" if head["input"]["unit"] == "patient" else ""
    return ", ".join(head["levels"]) + pooled
