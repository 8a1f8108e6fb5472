"""What a customer pasted is judged by the day on which it was sent."""

from datetime import UTC, datetime

import pytest

from bot.evidence.headline import headline
from bot.manifests import load_manifests
from bot.runbook.observe import observe_ticket
from bot.runbook.ticket import Comment, Ticket

BOOK = load_manifests().runbook
DATES = (
    "$ echo | openssl s_client -connect customers.example_company.com:443 | openssl x509 -noout"
    " -issuer -enddate\nissuer=C = US, O = Google Trust Services, CN = WE1\n"
    "notAfter=Nov  1 09:00:00 2026 GMT\n"
)


@pytest.mark.parametrize(("month", "cause"), [(11, "tls_expired"), (10, "tls_ok")])
def test_a_certificate_that_was_over_when_it_was_pasted_has_expired(month: int, cause: str) -> None:
    sent, filed = datetime(2026, month, 24, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
    ticket = Ticket("1", comments=(Comment("customer", DATES, created_at=sent),), created_at=filed)

    found = headline(observe_ticket(ticket, BOOK))

    assert found is not None
    assert found.cause == cause
