"""A newer message that reports a cure makes the older fault history, and only that fault."""

import pytest

from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.observe import observe_ticket
from tests.factories import make_comment, make_ticket

BOOK = load_manifests().runbook
PORTAL = "customers.example_company.com"
UNRESOLVED = f"curl: (6) Could not resolve host: {PORTAL}"
UNTRUSTED = "curl: (60) SSL certificate problem: unable to get local issuer certificate"
ERROR = "The page still says 'An error occurred while adding your subscription'."


def _diagnose(text: str, *comments: str) -> Diagnosis:
    ticket = make_ticket(text, comments=tuple(make_comment(body) for body in comments))
    return classify(BOOK, ticket, observe_ticket(ticket, BOOK))


@pytest.mark.parametrize(
    "news",
    [
        "The DNS entry is repaired, curl shows 302 sign_in now.",
        "curl gives 302 now, since the forwarder was changed.",
        f"$ curl -I https://{PORTAL}/\nHTTP/2 302\nlocation: https://{PORTAL}/customers/sign_in\n",
    ],
)
def test_a_fault_that_is_cured_gives_way_to_the_error_that_is_left(news: str) -> None:
    found = _diagnose(UNRESOLVED, f"{news}\n{ERROR}")

    assert found.scenario == "activation_error_needs_har"


def test_a_cured_layer_gives_way_to_the_next_one_that_fails() -> None:
    found = _diagnose(UNRESOLVED, f"DNS is repaired. Now we get:\n{UNTRUSTED}")

    assert found.scenario == "tls_failure"


def test_what_works_on_one_node_cures_no_other() -> None:
    found = _diagnose(
        f"On app02: {UNRESOLVED}", "On the other node curl gives 302 now. Activation still fails."
    )

    assert found.scenario == "dns_failure"


def test_what_works_from_the_laptop_cures_no_server() -> None:
    found = _diagnose(UNRESOLVED, "From my laptop curl works now and gives 302.")

    assert found.scenario == "dns_failure"


def test_a_question_after_a_solved_fault_is_what_the_ticket_is_about() -> None:
    found = _diagnose(
        "The activation works now after the port was opened (was: connection timed out). "
        "New question: may we have a quote for 30 more seats?"
    )

    assert found.scenario == "not_cloud_licensing"


@pytest.mark.parametrize(
    "question",
    [
        "If the connection to your portal times out for three days, do we lose the license?",
        "What happens if the proxy refuses the connection for a week?",
        "Was passiert, wenn die Firewall Port 443 drei Tage lang blockiert?",
    ],
)
def test_what_would_happen_if_has_not_happened(question: str) -> None:
    found = _diagnose(f"We think about cloud licensing. {question}")

    assert found.scenario in ("not_cloud_licensing", "needs_info")


def test_another_service_that_fails_beside_a_working_license_accuses_nothing() -> None:
    found = _diagnose(
        "The cloud license works great, but the package registry answers 403 through the proxy."
    )

    assert found.scenario in ("not_cloud_licensing", "needs_info")


def test_what_is_not_asked_for_is_not_unwanted() -> None:
    found = _diagnose(
        'Uploading the file gives "The license you uploaded is invalid". We are on files and '
        "are not asking for cloud licensing."
    )

    assert found.scenario == "not_cloud_licensing"


def test_the_headings_of_a_ticket_form_are_nobodys_words() -> None:
    found = _diagnose(
        "Kategorie: Netzwerk / Proxy / DNS\nPrio: 2 - hoch\nBetroffene Nutzer: 950\n\n"
        "Bitte das Abonnement A-S00150077 von Lizenzdatei auf Aktivierungscode umstellen."
    )

    assert found.scenario == "switch_subscription"


def test_a_code_at_hand_is_not_asked_for() -> None:
    found = _diagnose(
        "We have got the new code and want to enter it before removing anything; we must not go "
        "read-only. The page offers only 'Remove license'."
    )

    assert found.scenario == "graphql_activation"
