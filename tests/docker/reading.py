"""What lies in docker/, as the tests read it."""

from pathlib import Path

import yaml

from ctbone.cli import COMMANDS, _configuration, _load

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
SCRIPT = DOCKER / "rounds.sh"


def compose(name="compose.yaml"):
    return yaml.safe_load((DOCKER / name).read_text())


def instructions():
    """Return the instructions of the Dockerfile, each as its word and the rest."""
    lines = (DOCKER / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    written = (line for line in lines if line and not line.startswith("#"))
    return [tuple(line.split(maxsplit=1)) for line in written]


def configured(command, *words):
    """Return the configuration that ctbone's own parser makes of a command line."""
    return _configuration(command, _load(COMMANDS[command]), [str(word) for word in words])
