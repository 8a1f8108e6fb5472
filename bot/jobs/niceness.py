"""Makes this process yield the processor to the others on its machine."""

import contextlib
import os
from pathlib import Path
from typing import Final

#: Where Linux groups processes by session, a process's own niceness counts only inside its session;
#: the group has one of its own. See sched(7), "The autogroup feature".
_AUTOGROUP: Final = Path("/proc/self/autogroup")


def be_nice(level: int) -> None:
    """Lower our priority by so much, and that of our session when it is ours alone."""
    os.nice(level)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):  # no such feature here
            _AUTOGROUP.write_text(str(level))
