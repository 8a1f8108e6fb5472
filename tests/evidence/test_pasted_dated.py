"""Of dated statements the newest decides, in whatever order and language they stand."""

from datetime import date

import pytest

from bot.evidence.eras import eras
from bot.evidence.normalise import normalise
from tests.evidence.pasted_samples import decisive

PORTAL = "customers.example_company.com"
ANSWER = f"HTTP/2 302\nlocation: https://{PORTAL}/customers/sign_in\n"
CURL = f"$ curl -I https://{PORTAL}\n"
GOOD = CURL + ANSWER
CLOSED = f"{CURL}curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to {PORTAL}:443\n"
SILENT = (
    f"{CURL}curl: (28) Failed to connect to {PORTAL} port 443 after 130001 ms: "
    "Connection timed out\n"
)
UNKNOWN_CA = f"{CURL}curl: (60) SSL certificate problem: unable to get local issuer certificate\n"
NETCAT = (
    f"$ nc -vz {PORTAL} 443\nnc: connect to {PORTAL} port 443 (tcp) failed: Connection timed out\n"
)
MAIL = f"On Mon, 16 Nov 2026 at 10:22, Jo wrote:\n> HTTP/2 302\n> location: https://{PORTAL}/customers/sign_in\n"


@pytest.mark.parametrize(
    ("paste", "layer"),
    [
        (f"Last week (16 Nov) from the same box:\n{ANSWER}\nToday (24 Nov):\n{CLOSED}", "tls"),
        (f"now it fails:\n{CLOSED}\nit worked on Monday:\n{GOOD}", "tls"),
        (f"Gestern ging es noch:\n{GOOD}\nSeit heute früh:\n{SILENT}", "tcp"),
        (f"Vor dem Firewall-Wechsel:\n{ANSWER}\nNach dem Firewall-Wechsel:\n{NETCAT}", "tcp"),
        (f"Hier, ça marchait encore :\n{GOOD}\nDepuis ce matin :\n{UNKNOWN_CA}", "tls"),
        (f"Il y a 3 jours :\n{GOOD}\nAujourd'hui :\n{SILENT}", "tcp"),
        (f"La semana pasada funcionaba:\n{GOOD}\nDesde ayer:\n{NETCAT}", "tcp"),
        (f"Antes del cambio de firewall:\n{GOOD}\nDespués del cambio:\n{SILENT}", "tcp"),
        (f"Ontem funcionava:\n{ANSWER}\nHoje:\n{NETCAT}", "tcp"),
        (f"先週は成功していました:\n{GOOD}\n今日:\n{CLOSED}", "tls"),
        (f"変更前:\n{ANSWER}\n変更後:\n{NETCAT}", "tcp"),
        (f"{CURL.strip()}  # yesterday\n{ANSWER}{NETCAT.replace(' 443', ' 443  # now', 1)}", "tcp"),
        (f"{CLOSED}\n{MAIL}", "tls"),
        (f"Until yesterday it worked:\n{GOOD}\n{NETCAT}", "tcp"),
        (f"16 Nov:\n{ANSWER}\n20 Nov:\n{ANSWER}\n24 Nov:\n{CLOSED}", "tls"),
        (f"09:15:\n{GOOD}\n14:30:\n{NETCAT}", "tcp"),
        (f"[2026-11-16]\n{ANSWER}\n[2026-11-24]\n{CLOSED}", "tls"),
        (f"Yesterday:\n{NETCAT}\nToday:\n{CLOSED}", "tls"),
        (f"Today:\n{NETCAT}\nYesterday:\n{CLOSED}", "tcp"),
        (f"It looked fine before the upgrade:\n\n{ANSWER}\nand now:\n\n{CLOSED}", "tls"),
    ],
)
def test_an_older_success_heals_no_newer_failure(paste: str, layer: str) -> None:
    seen = decisive(paste)

    assert seen is not None
    assert (seen.verdict, seen.layer) == ("fail", layer)


@pytest.mark.parametrize(
    "paste",
    [
        f"Before the firewall change:\n{SILENT}\nAfter the change:\n{GOOD}",
        f"After the change:\n{GOOD}\nBefore the firewall change:\n{SILENT}",
        f"Heute (24.11.):\n{GOOD}\nLetzte Woche (16.11.) kam noch:\n{CLOSED}",
        f"Last Friday we got:\n{UNKNOWN_CA}\nToday, with the CA installed:\n{GOOD}",
        f"3 days ago:\n{SILENT}\nNow:\n{GOOD}",
        f"Hello,\nyesterday we opened the port as you asked. Output:\n{GOOD}",
        f"We ordered the license last week.\n\n{GOOD}",
    ],
)
def test_an_older_failure_spoils_no_newer_success(paste: str) -> None:
    seen = decisive(paste)

    assert seen is not None
    assert seen.verdict == "ok"


@pytest.mark.parametrize(
    "paste",
    [
        f"Last week it still worked:\n{GOOD}\nSince the upgrade it does not connect any more.\n",
        f"Letzte Woche ging es noch:\n{GOOD}\nSeit gestern geht es nicht mehr.\n",
        f"Ayer funcionaba:\n{GOOD}\nHoy ya no responde.\n",
    ],
)
def test_what_was_fine_then_says_nothing_when_it_is_said_to_fail_now(paste: str) -> None:
    seen = decisive(paste)

    assert seen is not None
    assert seen.verdict == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        "Before you ask: yes.\nFirst ping:\nx\nNow curl:\nx",
        "Hier die Ausgabe von heute:\nx",
        "License valid from: 2025-11-01 to 2026-11-01\nToday's Date: 2026-11-24",
        "\tat sun.security.ssl.SSLSocketImpl(SSLSocketImpl.java:1)\n\tat java.lang.Thread(1)",
        "Last login: Mon Nov 16 10:00:00 2026 from 10.0.0.1\nx",
    ],
)
def test_what_tells_of_one_time_only_stays_whole(text: str) -> None:
    assert len(eras(normalise(text), date(2026, 11, 24))) == 1
