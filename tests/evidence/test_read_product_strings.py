"""The product's own strings: both vendor names, and patterns that cannot match nothing."""

import pytest

from bot.evidence.pasted import read_pasted
from bot.manifests import load_manifests

_STRINGS = load_manifests().runbook.product_strings


@pytest.mark.parametrize("vendor", ["GitLab", "Example Company"])
@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("You can no longer sync your subscription details with {}.", "seatlink_sync_failed"),
        ("your instance needs to connect to {}.", "app_connectivity_generic"),
        (
            (
                "This {} installation currently has 1,234 active users, exceeding this"
                " license\u2019s limit of 1,000 by 234 users. Please add a license."
            ),
            "app_seat_overage",
        ),
        ("The license was removed. {} now no longer has a valid license.", "license_destroyed"),
    ],
)
def test_both_vendor_names_are_read(vendor: str, text: str, cause: str) -> None:
    causes = [seen.cause for seen in read_pasted(text.format(vendor), strings=_STRINGS)]

    assert cause in causes


def test_a_string_survives_wrapping_quoting_and_case() -> None:
    text = "> > CANNOT ACTIVATE INSTANCE DUE TO\n> > connectivity\u00a0issue"

    (seen,) = read_pasted(text, strings=_STRINGS)
    assert (seen.probe, seen.cause) == ("product", "app_connectivity_generic")


def test_ids_are_unique_and_no_pattern_matches_an_empty_text() -> None:
    ids = [string.id for string in _STRINGS]

    assert len(ids) == len(set(ids))
    assert len(ids) >= 35
    assert not [s.id for s in _STRINGS for pattern in s.patterns if pattern.search("")]
