"""An unknown tool's line of trouble names a layer; what people write about the portal does not."""

import pytest

from tests.evidence.pasted_samples import decisive


@pytest.mark.parametrize(
    "prose",
    [
        "If the connection to customers.example_company.com times out for 3 days, do we lose it?",
        "We failed: an HTML page instead of customers.example_company.com. So TLS etc ok.",
        "ライセンスの有効化で接続エラーになります。customers.example_company.com は表示されます。",
        "Our firewall people say the port to customers.example_company.com is blocked by default.",
        "question: must our proxy reach customers.example_company.com, or is an error normal?",
        "Problem: la connexion à customers.example_company.com échoue parfois.",
        "$ uptime\nup 3 days\n\nWhy is our connection to customers.example_company.com refused?",
    ],
)
def test_a_sentence_about_the_portal_is_no_evidence(prose: str) -> None:
    seen = decisive(prose)

    assert seen is None or (seen.layer, seen.verdict) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("printed", "layer"),
    [
        ("[2026-11-24T14:10:10Z] customers.example_company.com tls ... FAILED (timed out)", "tls"),
        ("Nov 24 14:10:10 app01 prober[7]: customers.example_company.com: tcp timeout", "tcp"),
        ("ERROR portal customers.example_company.com dns lookup failed", "dns"),
        ("prober[7]: customers.example_company.com: certificate rejected", "tls"),
        ("target=customers.example_company.com stage=handshake result=failed", "tls"),
        ("$ prober customers.example_company.com\nport 443 timed out", "tcp"),
    ],
)
def test_a_tools_own_line_names_the_layer(printed: str, layer: str) -> None:
    seen = decisive(printed)

    assert seen is not None
    assert (seen.layer, seen.verdict) == (layer, "fail")
