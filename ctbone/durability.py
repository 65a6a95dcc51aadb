"""Having files on disk before something else says that they are there, even if the power fails.

A file that is written and moved into place survives the end of its process, and not that of the
machine: its content and the names in its folder wait in memory, for half a minute or so.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

#: What file systems say that write folders by themselves, and cannot be asked to.
_NOT_ASKED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})


def sync(*paths: Path) -> None:
    """Write files (their content) and folders (which names are in them) to disk, in this order.

    Raises:
        OSError: If the disk does not take one of them.
    """
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in _NOT_ASKED or not path.is_dir():
                raise
        finally:
            os.close(descriptor)
