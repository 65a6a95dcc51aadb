"""A run of fakes as a process that can be killed: ``python -m tests.screening.fake_run OUT``.

Says ``done`` for every study that is in the ledger.
"""

import sys
from pathlib import Path

from ctbone.screening import Ledger
from ctbone.screening.engines import Limits, open_local
from ctbone.screening.progress import Tally
from ctbone.screening.recording import record

from .fakes import behaving_study, opener_of

OPTIONS = {"made": ("up", "up")}
UIDS = ["locate.linger"] * 4 + ["locate.overflow"] + ["locate.linger"] * 4


class SpokenTally(Tally):
    def count(self, outcome):
        super().count(outcome)
        sys.stdout.write("done\n")
        sys.stdout.flush()


def fake_studies():
    return (behaving_study(number, uid) for number, uid in enumerate(UIDS))


def run_into(out, engine, *, tally, studies=None):
    with Ledger(out / "ledger.sqlite3", options=OPTIONS) as ledger:
        gone = record(studies or fake_studies(), engine=engine, ledger=ledger, tally=tally)
        ledger.export(out)
    return gone


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.mkdir(exist_ok=True)
    with open_local(opener_of(out), workers=1, limits=Limits()) as engine:
        run_into(out, engine, tally=SpokenTally())
