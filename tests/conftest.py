"""What every test may ask for."""

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import Phase, settings

# Workers that share the processor wait for each other's threads. Torch asks once, when it is
# imported, and so does whatever a test starts.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples every time: what passes once has to pass again.
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")
# For scripts/mutants.py: what failed has done its work, and need not be made small.
settings.register_profile(
    "mutants", derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate]
)

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data():
    """Real CT and reference tables that lie beside the checkout; too large to be part of it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data that lie beside the checkout on some machines are absent")
    return SHARED_DATA


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Where workers share the tests by scope, leave rooms whole, not modules alone.

    Modules of a room share patients, exports and models, which each worker would make anew.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Rooms(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return room_of(nodeid)

        def remove_node(self, node):
            # Given the rooms that a worker had done before it died, another would wait for ever
            # for a test to begin.
            rooms = self.assigned_work[node]
            for room in [room for room, tests in rooms.items() if all(tests.values())]:
                del rooms[room]
            return super().remove_node(node)

        def schedule(self):
            super().schedule()
            # A worker begins a test when it knows the next. Who replaces another is given a room,
            # which may be one test.
            for node in self.nodes:
                self._reschedule(node)

    return Rooms(config, log) if config.getvalue("dist") == "loadscope" else None


def room_of(nodeid):
    """Return the room that a test is of: ``tests/pooling``; of none, its module."""
    return "/".join(nodeid.partition("::")[0].split("/")[:2])


def pytest_collection_modifyitems(config, items):
    """Where workers share the tests, begin with the rooms that take long.

    No worker then waits at the end for what another began last.
    """
    if hasattr(config, "workerinput"):
        slow_first(items)


def slow_first(items):
    """Sort tests by room: those with most slow ones first, else as they were."""
    slow = Counter(room_of(item.nodeid) for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[room_of(item.nodeid)])
