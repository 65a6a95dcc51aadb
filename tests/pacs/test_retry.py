import pytest

from ctbone.errors import PeerRefused, PeerUnavailable, TransferIncomplete
from ctbone.pacs.retry import RetryConfig, persist


@pytest.fixture
def waits(monkeypatch):
    """How long was waited, without waiting."""
    found = []
    monkeypatch.setattr("ctbone.pacs.retry.time.sleep", found.append)
    return found


def failing(*faults):
    """Return work that fails so, and then succeeds."""
    waiting = list(faults)

    def work():
        if waiting:
            raise waiting.pop(0)
        return "done"

    return work


def test_waits_grow_up_to_a_minute(waits):
    work = failing(*[PeerUnavailable()] * 7)
    assert persist(work, retry=RetryConfig(attempts=8, wait_s=2.0)) == "done"
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


def test_the_last_fault_is_told(waits):
    work = failing(PeerUnavailable("first"), TransferIncomplete("last"))
    with pytest.raises(TransferIncomplete, match="last"):
        persist(work, retry=RetryConfig(attempts=2))
    assert waits == [2.0]


def test_what_does_not_pass_is_not_waited_for(waits):
    with pytest.raises(PeerRefused):
        persist(failing(PeerRefused()), retry=RetryConfig())
    assert waits == []


@pytest.mark.parametrize("options", [{"attempts": 0}, {"wait_s": -1.0}, {"wait_s": 61.0},
                                     {"timeout_s": 0.0}])  # fmt: skip
def test_nonsense_is_refused(options):
    with pytest.raises(ValueError, match="must be"):
        RetryConfig(**options)
