"""Good news is said only when nothing beside it speaks of trouble."""

import pytest

from tests.evidence.pasted_samples import decisive, samples

HEALTHY = (
    "$ curl -sI https://customers.example_company.com\nHTTP/2 302\n"
    "location: https://customers.example_company.com/customers/sign_in\nserver: cloudflare\n"
)


def _verdict(text: str) -> str:
    seen = decisive(text)
    assert seen is not None
    return seen.verdict


@pytest.mark.parametrize(
    "trouble",
    [
        "$ frobnicate --tls customers.example_company.com\nE: peer went away, handshake failed",
        "$ ./prüfung.sh\nPortal: nicht erreichbar",
        "$ check_portal\nportal  [KO]",
        "$ prober -t https://customers.example_company.com\nstatus=503 dur=0.2",
        "$ prober -t https://customers.example_company.com\nexited with code 35",
        "$ vérif\nÉchec de la connexion au portail",
        "$ comprobar\nConexión rechazada por el destino",
        "$ проверка\nНе удалось подключиться",
        "$ kakunin\n接続に失敗しました",
        '{"probe":"portal","err":"ECONNRESET"}',
        "System.Net.WebFoo: SomeThingTimeout",
        "On the second app node the same command hangs for two minutes.",
        "At night the connection sometimes drops.",
        "Aktivierung: Zeitüberschreitung",
        "app02: timeout",
        "license sync timed out",
        "$ check_license\nactivation failed",
        "Verbindung geht nicht",
        "Auf app02 ist das Portal nicht erreichbar.",
        "Depuis le conteneur, la commande curl échoue.",
        "$ for i in 1 2 3; do prober; done\n302\n000\n302",
    ],
)
def test_trouble_that_no_reader_knows_closes_the_gate(trouble: str) -> None:
    assert _verdict(f"{HEALTHY}\n{trouble}\n") != "ok"
    assert _verdict(f"{trouble}\n\n{HEALTHY}") != "ok"


@pytest.mark.parametrize(
    "words",
    [
        "Activation still does not work, the page shows a red error box :(",
        "L'activation échoue toujours avec ce message.",
        "Aktivierung geht nicht",
        "Lizenz Aktivierung funktioniert leider nicht!",
        "activation error",
        "Die Aktivierung der Lizenz schlägt weiterhin fehl.",
        "The network team says nothing is blocked and there are no timeouts.",
        "Could it be that something is blocked on your side?",
        "If you see a timeout here, please tell us.",
        "The firewall blocked it, but the port was opened yesterday.",
        "4 packets transmitted, 4 received, 0% packet loss",
        "errors: 0, lost = 0, failed: none",
    ],
)
def test_words_that_claim_no_trouble_on_the_way_leave_it_open(words: str) -> None:
    assert _verdict(f"{words}\n\n{HEALTHY}") == "ok"


@pytest.mark.parametrize(
    "harmless",
    [
        'Warning: Couldn\'t read data from file "/root/.curlrc"',
        "* Failure writing output to destination",
    ],
)
def test_what_curl_says_of_local_files_is_no_trouble(harmless: str) -> None:
    command, answer = HEALTHY.split("\n", 1)

    assert _verdict(f"{command}\n{harmless}\n{answer}") == "ok"


def test_what_curl_tries_again_is_trouble() -> None:
    command, answer = HEALTHY.split("\n", 1)
    warned = "Warning: Transient problem: timeout Will retry in 1 seconds. 3 retries left."

    assert _verdict(f"{command}\n{warned}\n{answer}") != "ok"


def test_a_silent_router_on_a_way_that_ends_well_is_no_trouble() -> None:
    traced = (
        "C:\\>tracert customers.example_company.com\n\n"
        "Détermination de l'itinéraire vers customers.example_company.com [104.18.21.224]\n"
        "avec un maximum de 30 sauts :\n\n  1    <1 ms    <1 ms    <1 ms  10.12.0.1\n"
        "  2     *        *        *     Délai d'attente de la demande dépassé.\n"
    )

    assert _verdict(f"{traced}  3     4 ms     4 ms     4 ms  104.18.21.224\n") == "ok"
    assert _verdict(traced) != "ok"


def test_a_name_that_was_mistyped_and_typed_again_is_no_trouble() -> None:
    mistyped = (
        "$ curl -I https://customer.example_company.com\n"
        "curl: (6) Could not resolve host: customer.example_company.com\n"
    )

    assert _verdict(mistyped + HEALTHY) == "ok"
    assert _verdict(HEALTHY + mistyped) != "ok"


def test_a_programs_own_words_name_the_layer() -> None:
    seen = decisive(f"{HEALTHY}\n$ prober\nprober[7]: x: Connection refused\n")

    assert seen is not None
    assert (seen.layer, seen.verdict, seen.cause) == ("tcp", "fail", "tcp_refused")


def test_what_works_fails_and_works_again_is_not_fine() -> None:
    command = "$ curl -sSI https://customers.example_company.com\n"
    failing = f"{command}curl: (35) Recv failure: Connection reset by peer\n"
    seen = decisive(HEALTHY + failing + HEALTHY)

    assert seen is not None
    assert (seen.layer, seen.verdict) == ("tls", "warn")


def test_a_run_without_an_outcome_is_not_covered_by_a_lower_layer() -> None:
    text = (
        "$ dig +short customers.example_company.com\n104.18.20.224\n"
        "$ curl -v https://customers.example_company.com\n*   Trying 104.18.20.224:443...\n"
    )

    assert _verdict(text) == "unknown"


def test_a_silent_run_after_a_helped_success_is_an_open_question() -> None:
    text = HEALTHY.replace("-sI", "-sI --resolve customers.example_company.com:443:104.18.20.224")

    assert _verdict(f"{text}$ curl -sI https://customers.example_company.com\n$\n") == "unknown"


def test_a_captured_failure_below_good_output_of_the_same_tool_counts() -> None:
    faults = [
        sample
        for sample in samples("pastes_captured")
        if sample.verdict == "fail" and sample.id.endswith((".curl_I", ".curl_vI"))
    ]

    assert [one.id for one in faults if _verdict(f"{HEALTHY}\n{one.text}") == "ok"] == []
