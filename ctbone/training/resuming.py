"""What weights hang on, by option: a fit is resumed with all of it as it was."""

from __future__ import annotations

from collections.abc import Mapping

from ctbone.runs import deciding, tell_changes
from ctbone.training.fitting import FitConfig

#: Every option as it may be shown, and as it is compared.
Options = Mapping[str, tuple[str, str]]

#: Options of the fit with which a run may go on otherwise: how long it is to be and which epoch is
#: kept, where and how fast it computes, what it writes beside, and where it began.
_FREE = (
    *("epochs", "patience", "keep", "device", "strategy", "deterministic", "compile", "threads"),
    *("workers", "logs", "start", "resume"),
)


def material_options(
    name: str, training: object, *, free: tuple[str, ...], contents: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Return what a network learns from, by option.

    Args:
        name: Of the kind of network, as ``TrainConfig`` has it.
        training: What it is trained on.
        free: Options of it that move no weight, or whose content is compared instead.
        contents: Digests of such contents, by what they are.
    """
    found = deciding({name: training}, contents)
    return {key: value for key, value in found.items() if key not in _named(name, free)}


def fit_options(config: FitConfig, *, seed: int, material: Options) -> dict[str, tuple[str, str]]:
    """Return all that the weights of a fit hang on, by option."""
    found = deciding({"seed": seed, "fit": config}, {})
    kept = {key: value for key, value in found.items() if key not in _named("fit", _FREE)}
    return kept | dict(material)


def require_same_options(before: Options, now: Options, *, checkpoint: str) -> None:
    """Refuse to go on from a checkpoint with other options than it was fitted with.

    Raises:
        ValueError: With the names of the options that differ.
    """
    if changes := tell_changes(before, now):
        raise ValueError(
            f"{checkpoint} is of a fit of another configuration: {changes}; repeat its command, "
            "or give another --out"
        )


def _named(name: str, options: tuple[str, ...]) -> set[str]:
    return {f"{name}.{option}" for option in options}
