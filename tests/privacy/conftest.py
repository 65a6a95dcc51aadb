import logging
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import pytest

from ctbone.cli import main
from tests.privacy.planting import write_export

#: Bytes that are no text in any encoding, so that only the key itself can match.
KEY = b"\xffsite key \x81 of a hospital\xfe 4711"


@dataclass
class Site:
    """A place with an export, a key and what commands said while they ran."""

    root: Path
    masks: Path
    heard: list[str] = field(default_factory=list)

    @property
    def export(self):
        return self.root / "export"

    @property
    def key(self):
        return self.root / "key"

    def run(self, command, *words):
        """Run a command and return its exit code; keep what it raised, logged or warned of."""
        with (
            warnings.catch_warnings(record=True) as caught,
            redirect_stdout(StringIO()) as out,
            redirect_stderr(StringIO()) as err,
        ):
            warnings.simplefilter("always")
            try:
                main([command, *map(str, words)])
                code = 0
            except SystemExit as end:
                code = end.code
        self.heard += [str(warning.message) for warning in caught]
        self.heard += [out.getvalue(), err.getvalue()]
        return code


class _Ear(logging.Handler):
    def __init__(self, heard):
        super().__init__(logging.DEBUG)
        self.heard = heard

    def emit(self, record):
        self.heard.append(logging.Formatter().format(record))


@pytest.fixture(scope="module")
def make_site(tmp_path_factory):
    """Make a site below a folder; everything that is logged, at any level, is heard."""
    root_logger = logging.getLogger()
    before, ears = root_logger.level, []

    def make(write=write_export):
        root = tmp_path_factory.mktemp("site")
        site = Site(root, write(root))
        site.key.write_bytes(KEY)
        ears.append(_Ear(site.heard))
        root_logger.addHandler(ears[-1])
        return site

    root_logger.setLevel(logging.DEBUG)
    yield make
    root_logger.setLevel(before)
    for ear in ears:
        root_logger.removeHandler(ear)
