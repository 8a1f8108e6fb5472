"""Makes this process yield the processor to the others on its machine."""

import os
import time
from pathlib import Path
from typing import Final

#: Where Linux groups processes by session, a process's own niceness counts only inside its session;
#: the group has one of its own. See sched(7), "The autogroup feature".
_AUTOGROUP: Final = Path("/proc/self/autogroup")

#: Linux takes one such change in a tenth of a second from all of a machine's ordinary users.
_TRIES: Final = 5
_PAUSE: Final = 0.12


def be_nice(level: int) -> None:
    """Lower our priority by so much, and that of our session when it is ours alone."""
    os.nice(level)
    if os.getsid(0) == os.getpid():
        _lower_session(level)


def _lower_session(level: int) -> None:
    for _ in range(_TRIES):
        try:
            _AUTOGROUP.write_text(str(level))
        except BlockingIOError:  # somebody else's turn
            time.sleep(_PAUSE)
        except OSError:  # no such feature here, or not for us
            return
        else:
            return
