"""Codes that chance has drawn without much change between letters and digits, and real names."""

import random
import string

import pytest

from bot.evidence.drawn import is_drawn
from bot.evidence.redact import redact


@pytest.mark.parametrize(
    "code",
    ["cIDzpcxe4gyzskvyhzfRLWJS", "MpmHcmLFAXHoSgohAMHJUqow", "oiu22HPLKBPxtoyUcWXQOivi"],
)
def test_a_calm_code_without_a_name_is_taken_out(code: str) -> None:
    assert redact(f"they sent {code} by mail").text == "they sent [activation code 1] by mail"


@pytest.mark.parametrize(
    "name",
    ["MDLMeshBufferZoneDefault", "SCNPhysicsConeTwistJoint", "UIInputViewAudioFeedback",
     "gitlabSubscriptionSyncV2", "XMLHttpRequestUploadBody", "HKHeartbeatSeriesBuilder"],
)  # fmt: skip
def test_a_name_of_the_same_length_stays(name: str) -> None:
    assert redact(f"called {name} twice").text == f"called {name} twice"


def test_nearly_all_drawn_codes_are_told_from_names() -> None:
    rng = random.Random(11)
    drawn = ["".join(rng.choices(string.ascii_letters + string.digits, k=24)) for _ in range(2000)]

    assert sum(map(is_drawn, drawn)) > 1600
    assert [code for code in drawn if code in redact(f"see {code} there").text] == []
