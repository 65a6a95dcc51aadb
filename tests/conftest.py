"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Workers that share the processor wait for each other's threads. Torch asks once, when it is
# imported, and so does whatever a test starts.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples every time: what passes once has to pass again.
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data():
    """Real CT and reference tables that lie beside the checkout; too large to be part of it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data that lie beside the checkout on some machines are absent")
    return SHARED_DATA


def pytest_collection_modifyitems(config, items):
    """Where workers share the tests, begin with the modules that take long.

    No worker then waits at the end for what another began last.
    """
    if hasattr(config, "workerinput"):
        slow_first(items)


def slow_first(items):
    """Sort tests by module: those with a slow one first, else as they were."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
