"""The lab's faults are well formed; a few of them are probed where namespaces can be made."""

import os
import sys
from pathlib import Path

import pytest

from bot.evidence.observation import CAUSES, LAYERS
from tests.lab.lab_faults import ALL, BY_ID
from tests.lab.lab_network import run
from tests.lab.lab_pki import make_pki
from tests.lab.lab_run import missing_tools, probe

#: Quick ones, of each layer; `scripts/lab` runs all.
SMOKE = (
    "hosts_says_what_dns_says",
    "first_resolver_knows_no_such_name",
    "only_443_is_prohibited",
    "intermediate_has_expired",
    "post_meets_polite_json_of_a_filter",
    "proxy_says_502",
)


def why_not_here() -> str:
    if os.geteuid():
        return "network namespaces need root"
    missing = missing_tools()
    if missing:
        return f"the lab needs {', '.join(missing)}"
    try:
        run("ip", "netns", "add", "lbprobe")
        run("ip", "netns", "del", "lbprobe")
    except RuntimeError as error:
        return f"network namespaces cannot be made here: {error}"
    return ""


def test_there_are_enough_faults_and_each_has_its_own_name() -> None:
    assert len(ALL) >= 20
    assert len(BY_ID) == len(ALL)


def test_every_fault_speaks_the_one_vocabulary() -> None:
    for fault in ALL:
        assert {fault.cause, *fault.also_causes} <= set(CAUSES), fault.id
        assert {fault.layer, *fault.also_layers} <= set(LAYERS), fault.id
        assert set(fault.activates) <= {"yes", "degraded", "no"}, fault.id


def test_faults_touch_every_layer_and_healthy_oddities() -> None:
    assert {fault.layer for fault in ALL} >= {"ok", "dns", "ip", "tcp", "tls", "http", "proxy"}
    assert sum(fault.healthy for fault in ALL) >= 3


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("name", SMOKE)
def test_a_fault_in_a_real_network_is_named(name: str, tmp_path: Path) -> None:
    reason = why_not_here()
    if reason:
        pytest.skip(reason)
    make_pki(tmp_path)

    score = probe(BY_ID[name], tmp_path, sys.executable)

    assert score.layer_right, score
    assert score.cause_right, score
    assert score.activates in score.fault.activates, score
