"""What scripts/fuzz tries for hours is tried here for a moment: the seeds, and seeds mangled."""

import random
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.fuzz_intake import SECRET, signed_token, try_jwt
from scripts.fuzz_mutate import MUTATORS, mutate_lines
from scripts.fuzz_promise import BrokenPromiseError, demand
from scripts.fuzz_run import branches_in, inputs_in, repeat
from scripts.fuzz_seeds import seeds_of
from scripts.fuzz_targets import TARGETS

FEW = 12
SEEDS = {target: tuple(islice(seeds_of(target), FEW)) for target in TARGETS}
LOG = (
    "INFO: seed corpus: files: 10 min: 5b max: 900b total: 3000b rss: 90Mb\n"
    "#11\tINITED cov: 60 ft: 200 corp: 10/3000b exec/s: 0 rss: 91Mb\n"
    "#4096\tpulse  cov: 93 ft: 411 corp: 40/9000b lim: 900 exec/s: 2048 rss: 92Mb\n"
)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_keeps_its_promise_on_its_seeds(target: str) -> None:
    assert len(SEEDS[target]) >= 5
    for seed in SEEDS[target]:
        TARGETS[target](seed)


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_mangled_sample_breaks_a_promise(target: str, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(SEEDS[target]))
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, len(seed)))
    new = data.draw(
        st.binary(max_size=12) | st.sampled_from([b"{{", b'"', b"\0", b"-1", b"9" * 30])
    )

    TARGETS[target](seed[:start] + new + seed[end:])


@pytest.mark.parametrize("target", TARGETS)
def test_a_change_that_knows_the_shape_breaks_no_promise_and_can_be_repeated(target: str) -> None:
    mutate = MUTATORS.get(target, mutate_lines)
    for number, seed in enumerate(SEEDS[target]):
        changed = mutate(seed, random.Random(number))

        assert changed == mutate(seed, random.Random(number))
        TARGETS[target](changed)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"x"', b"{}", b"\xff\n\n\n", b"[" * 100_000])
def test_the_changes_themselves_survive_anything(data: bytes) -> None:
    for number in range(40):
        for mutate in (mutate_lines, *MUTATORS.values()):
            assert isinstance(mutate(data, random.Random(number)), bytes)


def test_the_fuzzer_itself_can_be_let_in_with_the_secret() -> None:
    """Else the fuzzer would never see what a signed token can do."""
    head, _, body = SEEDS["jwt"][0].partition(b"\n")

    with pytest.raises(BrokenPromiseError, match="without the secret"):
        try_jwt(signed_token(head, body).encode())
    assert SECRET not in signed_token(head, body)


def test_a_broken_promise_is_a_finding() -> None:
    demand(1, "one is true")
    with pytest.raises(BrokenPromiseError, match="nothing is something"):
        demand((), "nothing is something")


def test_a_finding_can_be_repeated_from_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "crash-1"
    file.write_bytes(b"{}")

    assert repeat("trigger", file) == 0
    assert "nothing is wrong" in capsys.readouterr().out


def test_the_fuzzers_log_is_read() -> None:
    ended = LOG + "stat::number_of_executed_units: 443228\n"

    assert (inputs_in(LOG), branches_in(LOG)) == (4096, 93)
    assert inputs_in(ended) == 443228
    assert (inputs_in(""), branches_in("")) == (0, 0)
