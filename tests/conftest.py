"""What every test may ask for."""

from pathlib import Path

import pytest
from hypothesis import settings

# The same examples every time: what passes once has to pass again.
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")

#: Groups of modules by a fixture of the session that they ask for and that takes seconds to make.
#: A group goes to one worker, which makes it once; each other module is a group of its own.
GROUPS = {
    "crowd": "people",
    "healthy": "people",
    "everything": "export",
    "small_export": "training",
    "rendered": "training",
}

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data():
    """Real CT and reference tables that lie beside the checkout; too large to be part of it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data that lie beside the checkout on some machines are absent")
    return SHARED_DATA


# Before xdist, which writes the groups behind the names of the tests.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Where workers share the tests, give them groups, and those that take long first.

    No worker then waits at the end for what another began last.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    groups = groups_of(items)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(groups[item.path]))
    slow = {groups[item.path] for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: groups[item.path] not in slow)


def groups_of(items):
    """Return the group of every module of some tests, by its path."""
    asked = {}
    for item in items:
        # Doctests have no fixtures.
        asked.setdefault(item.path, set()).update(getattr(item, "fixturenames", ()))
    return {
        path: next((group for name, group in GROUPS.items() if name in names), str(path))
        for path, names in asked.items()
    }
