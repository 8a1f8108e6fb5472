"""What is aimed at another host than the portal, or than what leads to it, proves nothing."""

import pytest

from tests.evidence.pasted_samples import decisive

PORTAL = "customers.example_company.com"
GOOD = f"$ curl -I https://{PORTAL}\nHTTP/2 302\nlocation: https://{PORTAL}/customers/sign_in\n"
NC_PORTAL = (
    f"$ nc -vz {PORTAL} 443\nnc: connect to {PORTAL} port 443 (tcp) failed: Connection timed out\n"
)
DATABASE = '"/var/opt/gitlab/postgresql/.s.PGSQL.5432" failed: '


@pytest.mark.parametrize(
    "paste",
    [
        (
            "$ curl -I https://deb.mirror.example/\n"
            "curl: (60) SSL certificate problem: certificate has expired"
        ),
        "$ ping -c2 git.intern.example\nping: git.intern.example: Name or service not known",
        "ping: git.intern.example: Der Name oder der Dienst ist nicht bekannt",
        "nc: connect to ldap.corp.example (10.2.2.2) port 636 (tcp) failed: Connection refused",
        (
            "$ nc -zv 10.2.2.2 5432\n"
            "nc: connect to 10.2.2.2 port 5432 (tcp) failed: Connection refused"
        ),
        (
            "traceroute to mirror.intern.example (203.0.113.80), 30 hops max, 60 byte packets\n"
            " 1  10.0.0.1  0.3 ms  0.2 ms  0.2 ms\n 2  203.0.113.80  9.8 ms  9.7 ms  9.9 ms"
        ),
        (
            "--2026-11-24 10:00:00--  https://nx.corp.example/x\nAuflösen des Hostnamens "
            "nx.corp.example (nx.corp.example)... fehlgeschlagen: Der Name oder der Dienst "
            "ist nicht bekannt.\nwget: Host-Adresse »nx.corp.example« kann nicht aufgelöst werden."
        ),
        (
            "$ openssl s_client -connect ldap.intern.example:636\nCONNECTED(00000003)\n"
            "depth=0 CN = ldap.intern.example\nverify error:num=18:self-signed certificate\n---\n"
            "Certificate chain\n 0 s:CN = ldap.intern.example\n   i:CN = ldap.intern.example\n---\n"
            "    Verify return code: 18 (self-signed certificate)"
        ),
        (
            "PS C:\\> Test-NetConnection dc01.intern.example -Port 389\n\n"
            "ComputerName     : dc01.intern.example\nRemoteAddress    : 10.1.1.1\n"
            "RemotePort       : 389\nTcpTestSucceeded : False"
        ),
        "$ host ldap.intern.example\nHost ldap.intern.example not found: 3(NXDOMAIN)",
        (
            "$ telnet smtp.intern.example 25\nTrying 10.4.4.4...\n"
            "telnet: connect to address 10.4.4.4: Connection refused"
        ),
        (
            f"pg_dump: error: connection to server on socket {DATABASE}"
            'FATAL:  role "root" does not exist'
        ),
        f"psql: error: connection to server on socket {DATABASE}No such file or directory",
        (
            'createdb: error: connection to server at "localhost" (127.0.0.1), port 5432 failed: '
            "Connection refused"
        ),
    ],
)
def test_another_hosts_failure_or_success_is_irrelevant(paste: str) -> None:
    seen = decisive(paste)

    assert seen is not None
    assert (seen.layer, seen.verdict, seen.cause) == ("unknown", "unknown", "irrelevant")


@pytest.mark.parametrize(
    ("paste", "layer"),
    [
        (("$ curl -I https://deb.mirror.example/\n"
         "curl: (56) Received HTTP code 407 from proxy after CONNECT"), "proxy"),
        ((f"$ nc -vz www.google.com 443\nConnection to www.google.com 443 port [tcp/https] "
         f"succeeded!\n{NC_PORTAL}"), "tcp"),
        ((f"$ dig {PORTAL}\n;; communications error to 10.0.0.2#53: timed out\n"
         ";; no servers could be reached"), "dns"),
        ("Error: dial tcp 104.18.20.224:443: connect: connection refused", "tcp"),
        ("curl: (7) Failed to connect to 104.18.20.224 port 443: Connection refused", "tcp"),
        (("$ nc -vz proxy.intern.example 3128\n"
         "nc: connect to proxy.intern.example port 3128 (tcp) failed: Connection refused"), "tcp"),
        ((f"$ sudo gitlab-rails console\nPG::ConnectionBad: "
         f"connection to server on socket {DATABASE}"
         "No such file or directory"), "app"),
    ],
)  # fmt: skip
def test_the_way_to_the_portal_is_not_foreign(paste: str, layer: str) -> None:
    seen = decisive(paste)

    assert seen is not None
    assert (seen.layer, seen.verdict) == (layer, "fail")


def test_a_foreign_failure_beside_it_spoils_no_good_news() -> None:
    mirror = "$ curl -I https://deb.mirror.example/\ncurl: (60) SSL certificate problem: expired\n"

    seen = decisive(GOOD + mirror)

    assert seen is not None
    assert seen.verdict == "ok"
