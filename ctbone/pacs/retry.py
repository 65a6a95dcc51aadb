"""Another try where the other end is out of order for now, each after a longer wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ctbone.errors import PeerUnavailable, TransferIncomplete

_T = TypeVar("_T")

#: The longest wait, seconds: an archive that restarts is back within minutes.
_LONGEST_S = 60.0

#: What may be otherwise the next time.
_TRANSIENT = (PeerUnavailable, TransferIncomplete)


@dataclass(frozen=True, kw_only=True)
class RetryConfig:
    """How long an archive is waited for.

    Attributes:
        attempts: How often something is tried before it is given up.
        wait_s: Seconds before the second try; each further wait is twice as long, up to a minute.
        timeout_s: Seconds without a sign of life after which a connection counts as lost.
    """

    attempts: int = 4
    wait_s: float = 2.0
    timeout_s: float = 60.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"retry.attempts must be at least 1, got {self.attempts}")
        if not (0.0 <= self.wait_s <= _LONGEST_S and self.timeout_s > 0.0):
            raise ValueError(
                f"retry.wait_s must be 0 to {_LONGEST_S:g} and retry.timeout_s positive, "
                f"got {self.wait_s:g} and {self.timeout_s:g}"
            )


def persist(work: Callable[[], _T], *, retry: RetryConfig) -> _T:
    """Do some work, again and again while what hinders it may pass.

    Raises:
        CtboneError: What hindered the last try, or at once what does not pass.
    """
    wait_s = retry.wait_s
    for _ in range(retry.attempts - 1):
        try:
            return work()
        except _TRANSIENT:
            time.sleep(wait_s)
            wait_s = min(2.0 * wait_s, _LONGEST_S)
    return work()
