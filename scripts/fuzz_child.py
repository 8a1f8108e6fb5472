"""Runs one target of scripts/fuzz under libFuzzer; the runner starts it in a process of its own."""

import os
import random
import sys
import time

import atheris

from scripts.fuzz_mutate import MUTATORS, mutate_lines

with atheris.instrument_imports(include=["bot"]):
    from scripts.fuzz_targets import TARGETS

#: CPU seconds that one input may take; instrumented code is a few times slower than the real one.
SLOWEST = 10.0


class TooSlowError(AssertionError):
    """An input kept a reader busy for longer than any text may."""


def main() -> None:
    """Fuzz the target that the first argument names; the rest is libFuzzer's."""
    name = sys.argv.pop(1)
    target, mutate = TARGETS[name], MUTATORS.get(name, mutate_lines)
    # A neighbour of ours, such as a test run, goes first.
    os.nice(10)

    def bounded(data: bytes) -> None:
        began = time.process_time()
        target(data)
        took = time.process_time() - began
        if took > SLOWEST:
            raise TooSlowError(f"{took:.1f} s of CPU for {len(data)} bytes")

    def changed(data: bytes, longest: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if rng.random() < 0.4:  # noqa: PLR2004 - libFuzzer's own changes keep a good share
            return bytes(atheris.Mutate(data, longest))
        return mutate(data, rng)[:longest]

    atheris.Setup(sys.argv, bounded, custom_mutator=changed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
