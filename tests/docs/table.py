"""How the pages are walked: what stands for what, what is shortened, and what is not run and why.

The one table of the walk. A rule holds for the pages that its pattern fits, and for the commands
in which its expression is found. A rule that fits nothing is an error: none outlives its page.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatch

#: What a page calls the reader's own, and where the walk has put something of the kind.
PLACEHOLDERS = {
    "/path/to/export": "export",
    "/path/to/new": "export",
    "/path/to/case7": "case7",
    # In this process and with masks it takes seconds.
    'out="out/night"': 'out="out/night", workers=0, masks="simulated/masks.csv"',
}


@dataclass(frozen=True)
class Rule:
    """What is special about some commands.

    Attributes:
        pages: Pattern of paths.
        command: Regular expression that is searched for in the command.
        add: Options that are appended, so that it takes seconds.
        reason: Why it is not run; its options are held against the parser all the same.
    """

    pages: str
    command: str
    add: str = ""
    reason: str = ""

    def fits(self, page: str, text: str) -> bool:
        """Whether the rule is about this command of this page."""
        return fnmatch(page, self.pages) and re.search(self.command, text) is not None


#: Options of other programs that prose names.
FOREIGN = {"--build-arg", "--gpus", "--nthreads", "--no-nanny", "--memory-limit"}

_SMALL_HEAD = "--fit.epochs 1 --head.network.width 0.125 --head.masks simulated/masks.csv"

#: Appended in this order; the last word of a command line counts.
SHORTENED = (
    # Starting a worker loads all libraries again; one page keeps it.
    Rule("README.md", r"^ctbone screen ", add="--workers 0"),
    # Whether the localiser finds them is shown by the other pages.
    Rule("docs/[dhp]*", r"^ctbone screen ", add="--masks simulated/masks.csv"),
    Rule("README.md", r"^ctbone screen .*--model", add="--masks simulated/masks.csv"),
    Rule("docs/*", r"^ctbone screen (?!.*--engine)(?!.*--workers)", add="--workers 0"),
    Rule("*", r"^ctbone train .*configs/train/head-", add=_SMALL_HEAD),
    Rule(
        "docs/heads.md",
        r"^ctbone train .*out/trial/",
        add="--head.masks out/trial/masks.csv --head.folds 2",
    ),
    Rule("docs/heads.md", r"^ctbone screen .*out/trial/", add="--masks out/trial/masks.csv"),
    Rule("docs/presets.md", r"^ctbone train ", add=_SMALL_HEAD),
    Rule(
        "README.md",
        r"^ctbone simulate ",
        add="--patients 2 --matrix 64 --pixel_mm 5 --regions lumbar --workers 1",
    ),
    Rule(
        "docs/performance.md",
        r"^ctbone simulate ",
        add="--patients 1 --matrix 192 --pixel_mm 2 --regions abdomen --workers 1",
    ),
    Rule("docs/tutorials/add-a-backbone.md", r"^ctbone simulate ", add="--patients 6"),
    Rule("docs/tutorials/add-a-backbone.md", r"^ctbone train ", add="--head.folds 2"),
    Rule(
        "docs/heads.md",
        r"^ctbone simulate ",
        add="--patients 12 --matrix 64 --pixel_mm 5 --regions lumbar --workers 1",
    ),
)

#: Not run, and why.
LISTED = (
    Rule("README.md", r"^scripts/demo", reason="minutes; tests/test_demo.py runs it small"),
    Rule("README.md", r"^scripts/test", reason="it is what runs before the walk"),
    Rule("README.md", r"^python -m benchmarks ", reason="an hour; tests/benchmarks run it small"),
    Rule("docs/comparison.md", r"^(scripts/|ctbone )compare", reason="half an hour to days"),
    Rule("docs/docker.md", r"^docker ", reason="there is no container engine"),
    Rule(
        "docs/docker.md",
        r"^(cd|mkdir|printf|head|chmod|sudo|storescu) ",
        reason="prepares what only a container engine reads; tests/docker read the files",
    ),
    Rule("docs/localiser.md", r"benchmarks", reason="200 patients: hours"),
    Rule(
        "docs/pacs.md",
        r"^(storescu|curl|ctbone)",
        reason="needs Orthanc and dcmtk; tests/pacs run the page with both",
    ),
    Rule("docs/screening.md", r"^pip install", reason="installs packages"),
    Rule(
        "docs/screening.md",
        r"--engine dask|^(dask|srun|export|node=)",
        reason="needs a cluster; tests/screening/engines run a scheduler and workers",
    ),
    Rule("docs/screening.md", r"benchmarks", reason="hours; tests/screening run them small"),
    Rule(
        "docs/performance.md", r"benchmarks\.batch", reason="half an hour for a thousand studies"
    ),
    Rule(
        "docs/training.md",
        r"^ctbone train",
        reason="half an hour to a night; tests/training run the smallest configurations",
    ),
    Rule("docs/training.md", r"^ctbone localise", reason="needs the weights of that night"),
)
