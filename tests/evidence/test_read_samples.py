"""Every labelled paste reads as its label says; a failure is never read as fine."""

import pytest

from tests.evidence.pasted_samples import MANGLINGS, Sample, decisive, samples

#: Their fault is told only after something had worked.
_TOLD_LATE = ("http_signin_500", "http_redirect_loop", "tls_client_cert_alert", "dns_blockpage")
_ALL = (
    *samples("pastes_captured"),
    *samples("pastes_written"),
    *samples("pastes_judged"),
    *samples("pastes_second"),
    *samples("pastes_third"),
    *samples("pastes_fourth"),
    *samples("pastes_blind"),
)


@pytest.mark.parametrize("sample", _ALL, ids=lambda sample: sample.id)
def test_a_paste_reads_as_its_label_says(sample: Sample) -> None:
    seen = decisive(sample.text)

    got = (seen.layer, seen.verdict) if seen else ("unknown", "unknown")
    assert got == (sample.layer, sample.verdict)
    assert (seen.cause if seen else "unclear") in sample.causes
    for key, value in sample.facts:
        assert seen is not None
        assert value in str(seen.facts.get(key))


@pytest.mark.parametrize("mangling", MANGLINGS, ids=lambda mangling: mangling.__name__)
def test_what_mail_does_to_a_paste_changes_nothing(mangling: object) -> None:
    assert callable(mangling)
    sick = [sample for sample in _ALL[::6] if sample.verdict == "fail"]
    wrong = [sample.id for sample in sick if not _same(sample, mangling(sample.text))]

    assert len(wrong) <= len(sick) // 50, wrong


@pytest.mark.parametrize("mangling", MANGLINGS, ids=lambda mangling: mangling.__name__)
def test_no_mangling_turns_a_failure_into_good_news(mangling: object) -> None:
    assert callable(mangling)
    for sample in _ALL[1::6]:
        seen = decisive(mangling(sample.text))
        if sample.verdict == "fail" and seen is not None:
            assert seen.verdict != "ok", sample.id


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_paste_cut_anywhere_is_never_read_as_fine(share: float) -> None:
    for sample in samples("pastes_captured")[::2]:
        if sample.id.startswith(_TOLD_LATE):
            continue
        seen = decisive(sample.text[: int(len(sample.text) * share)])
        if sample.verdict == "fail" and seen is not None:
            assert seen.verdict != "ok", sample.id


def _same(sample: Sample, text: str) -> bool:
    seen = decisive(text)
    return seen is not None and seen.layer == sample.layer and seen.cause in sample.causes
