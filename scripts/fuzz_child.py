"""Runs one target of scripts/fuzz under libFuzzer; the runner starts it in a process of its own."""

import os
import sys
import time

import atheris

with atheris.instrument_imports(include=["bot"]):
    from scripts.fuzz_targets import TARGETS

#: CPU seconds that one input may take; instrumented code is a few times slower than the real one.
SLOWEST = 10.0


class TooSlowError(AssertionError):
    """An input kept a reader busy for longer than any text may."""


def main() -> None:
    """Fuzz the target that the first argument names; the rest is libFuzzer's."""
    target = TARGETS[sys.argv.pop(1)]
    # A neighbour of ours, such as a test run, goes first.
    os.nice(10)

    def bounded(data: bytes) -> None:
        began = time.process_time()
        target(data)
        took = time.process_time() - began
        if took > SLOWEST:
            raise TooSlowError(f"{took:.1f} s of CPU for {len(data)} bytes")

    atheris.Setup(sys.argv, bounded)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
