"""States as the bot would answer them: one with everything, and smaller ones."""

import copy
from typing import Any

PROBED: list[dict[str, Any]] = [
    {
        "vantage": "bot:local", "target": "https://customers.example_company.com", "layer": "ok",
        "cause": "ok", "activates": "yes", "seconds": 0.41,
        "rows": [
            {"probe": "dns", "target": "customers.example_company.com", "outcome": "ok",
             "detail": "", "ms": 18, "start_ms": 0},
            {"probe": "tcp", "target": "192.0.2.1:443", "outcome": "ok", "detail": "", "ms": 31,
             "start_ms": 18},
            {"probe": "tls", "target": "192.0.2.1:443", "outcome": "ok", "detail": "", "ms": 64,
             "start_ms": 49},
            {"probe": "http", "target": "192.0.2.1:443", "outcome": "ok", "detail": "302",
             "ms": 120, "start_ms": 113},
            {"probe": "tcp", "target": "[2001:db8::1]:443", "outcome": "fail",
             "detail": "no route to host", "ms": 3, "start_ms": 18},
        ],
    }
]  # fmt: skip

_STATE: dict[str, Any] = {
    "ticket": 123,
    "decided_at": "2026-11-24T07:00:00Z",
    "digest": "d1",
    "verdict": {
        "scenario": "tls_failure", "name": "TLS inspection or certificate trouble",
        "confidence": "certain", "confidence_words": "certain",
        "headline": "The customer's network re-signs TLS: the server sees \"Acme Proxy CA\".",
        "next": "Trust the root CA of the proxy, or exempt the portal from inspection.",
        "ladder": [
            {"layer": "dns", "state": "ok", "text": "DNS ✓"},
            {"layer": "tcp", "state": "ok", "text": "TCP ✓"},
            {"layer": "tls", "state": "fail", "text": 'TLS ✗ issuer "Acme Proxy CA"'},
            {"layer": "http", "state": "unknown", "text": "HTTP –"},
            {"layer": "app", "state": "unknown", "text": "App –"},
        ],
        "corrected_by_agent": False,
        "refute": "The product's own openssl prints Verify return code: 0 (ok).",
        "morning": "Usually yes: a missed daily sync is retried for about two days.",
    },
    "why": [
        {"quote": "SSL certificate problem: unable to get local issuer certificate",
         "source": "customer's paste", "at": "2026-11-24T06:59:00Z"},
        {"quote": "issuer: CN=Acme Proxy CA, O=Acme", "source": "customer's paste",
         "at": "2026-11-24T06:59:00Z"},
        {"quote": "Our probe saw the public issuer 40 s ago", "source": "our side", "at": None},
        {"quote": "It worked until Friday", "source": "customer", "at": "2026-11-24T06:20:00Z"},
    ],
    "changed": ["The issuer is known now: Acme Proxy CA.",
                "Confidence rose from likely to certain."],
    "posted": {"state": "posted", "at": "2026-11-24T07:00:05Z", "comment_id": 77, "reason": ""},
    "note_html": "<p><strong>TLS</strong> fails at <code>192.0.2.1</code></p><ul><li>one</li></ul>",
    "steps": [
        {"id": "tls_failure.trust_ca", "text": "Put the root into the trusted certificates.",
         "html": "Put its <strong>root</strong> (PEM, .crt) into the trusted certificates, then "
         "reconfigure.", "who": "customer console", "effect": "downtime",
         "snippets": ["trusted_certificates"], "done": False, "by": "", "at": None},
        {"id": "tls_failure.see_chain", "text": "See who signs what the server gets.", "html": "",
         "who": "customer console", "effect": "safe", "snippets": ["openssl_embedded"],
         "done": True, "by": "Bo Berg", "at": "2026-11-24T07:05:00Z"},
        {"id": "tls_failure.exempt", "text": "Better: exempt the portal from inspection.",
         "html": "", "who": "customer network", "effect": "safe", "snippets": [], "done": False,
         "by": "", "at": None},
    ],
    "snippets": [
        {"id": "trusted_certificates", "title": "Trust the proxy's root",
         "text": "sudo cp <root>.crt /etc/example_company/trusted-certs/\n"
         "sudo example_company-ctl reconfigure", "missing": [], "guarded": False},
        {"id": "openssl_embedded", "title": "See the chain",
         "text": "echo | /opt/example_company/embedded/bin/openssl s_client \\\n"
         "  -connect customers.example_company.com:443 -showcerts", "missing": [],
         "guarded": False},
        {"id": "license_destroy", "title": "Remove the cloud license",
         "text": "license = License.find(<license id>)\nputs license.inspect",
         "missing": ["license_id"], "guarded": True},
    ],
    "reply": {
        "text": "Hello,\n\nthe secure connection to customers.example_company.com fails.\n"
        "Please send `openssl` output.",
        "html": "<p>Hello,</p><p>the secure connection to customers.example_company.com fails. "
        "Please send <code>openssl</code> output.</p>",
        "locale": "en",
    },
    "missing": "Which issuer does the server see from the second node?",
    "links": [
        {"title": "License 123123123 in the portal",
         "url": "https://customers.example_company.com/admin/license/123123123"},
        {"title": "Customer 42", "url": "https://customers.example_company.com/admin/customer/42"},
    ],
    "probes": {
        "control": {"state": "healthy", "summary": "302 to the sign-in page in 0.2 s.",
                    "at": "2026-11-24T07:18:00Z"},
        "vantages": [{"id": "local", "title": "our side"},
                     {"id": "frankfurt", "title": "Frankfurt"}],
        "runs": [
            {"id": 7, "state": "done", "asked_at": "2026-11-24T07:10:00Z",
             "done_at": "2026-11-24T07:10:02Z", "summary": "IPv6 fails, IPv4 works.",
             "changed": ["IPv6 worked in the run before."], "looks": PROBED},
            {"id": 6, "state": "done", "asked_at": "2026-11-24T06:10:00Z",
             "done_at": "2026-11-24T06:10:02Z", "summary": "All layers ok.", "changed": [],
             "looks": []},
        ],
    },
    "evidence": [
        {"kind": "paste", "name": "curl", "layer": "tls", "cause": "tls_inspection",
         "verdict": "fail", "text": "curl: (60) SSL certificate problem: unable to get local "
         "issuer certificate"},
        {"kind": "har", "name": "a.har", "layer": "app", "cause": "app_error", "verdict": "warn",
         "text": "x" * 500},
    ],
    "live_session": None,
    "related": [{"ticket": 120, "cause": "tls_inspection", "at": "2026-11-23T07:00:00Z"},
                {"ticket": 98, "cause": "tls_inspection", "at": "2026-11-20T07:00:00Z"}],
    "corrections": [],
    "scenarios": [{"id": "tls_failure", "name": "TLS failure"}, {"id": "proxy", "name": "Proxy"},
                  {"id": "dns_failure", "name": "DNS failure"}],
    "paused": False,
    "mode": "on",
    "version": "0.1.0",
}  # fmt: skip

LIVE = {
    "warning": "a.har holds cookies of a session that may still be open.",
    "files": [{"name": "a.har", "secrets": {"cookie": 3}}],
    "command_tag": "cl_safe_har",
}


def state(**changes: Any) -> dict[str, Any]:
    """Everything, with some keys replaced."""
    return {**copy.deepcopy(_STATE), **changes}


def shadow() -> dict[str, Any]:
    """A decision that was not posted."""
    kept_back = {"state": "shadow", "at": None, "comment_id": None, "reason": "Shadow mode."}
    return state(posted=kept_back)


def undecided() -> dict[str, Any]:
    """Nothing decided yet."""
    empty: dict[str, Any] = {"verdict": None, "decided_at": None, "digest": None}
    lists: dict[str, Any] = {
        key: [] for key in ("why", "changed", "steps", "snippets", "evidence", "related")
    }
    return state(**empty, **lists, reply=None, note_html="", missing="")
