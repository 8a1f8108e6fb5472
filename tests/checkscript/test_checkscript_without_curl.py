"""Hosts without curl: connections, proxies and changing handshakes by what else is installed."""

import base64
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.evidence.checkscript import read_check_script
from bot.evidence.checkscript_block import take_blocks
from bot.evidence.observation import Observation
from tests.checkscript.bare_host import SCRIPT, SHELLS, BareHost
from tests.checkscript.blocks import printed, records, sample
from tests.probes.loopback_servers import listening, read_head, unused_port

ASKED = f"# {'-' * 89} what is asked"
PLUGS = {
    "nc": "nc", "busybox nc": "busybox", "ncat": "ncat", "bash": "bash", "telnet": "telnet",
    "busybox telnet": "busybox",
}  # fmt: skip
CERTIFICATE = "SSL certificate problem: certificate has expired"


@pytest.fixture
def host(tmp_path: Path) -> BareHost:
    return BareHost(tmp_path)


def call(host: BareHost, line: str, shell: str = "sh", **env: str) -> str:
    """What a line of the script's own functions prints."""
    head, found, _ = SCRIPT.read_text("utf-8").partition(ASKED)
    assert found
    file = host.place / "call.sh"
    file.write_text(f"{head}{line}\n", "utf-8")
    return host.run(shell=shell, script=file, env=env).stdout


def install(host: BareHost, tool: str) -> None:
    """Give the host one tool, in the build that is named."""
    found = shutil.which(PLUGS[tool])
    if not found:
        pytest.skip(f"{PLUGS[tool]} is not installed")
    *_, name = tool.split()
    host.add(
        "nc" if name == "ncat" else name, f'exec {found} {name if "busybox" in tool else ""} "$@"'
    )


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("tool", PLUGS)
def test_each_tool_tells_an_open_port_from_a_closed_one(tool: str, host: BareHost) -> None:
    install(host, tool)
    plug = 'plug "$T/o" 127.0.0.1 {} "$T/nothing"; echo "$?"'
    with listening(answer(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        opened = call(host, plug.format(port))

    assert opened.strip() == "0"
    assert call(host, plug.format(unused_port())).strip() == "1"


def test_a_bash_without_its_own_connections_is_no_closed_port(host: BareHost) -> None:
    host.add(
        "bash", 'echo "bash: line 1: /dev/tcp/1.2.3.4/443: No such file or directory" >&2; exit 1'
    )

    printed_ = call(host, 'plug "$T/o" 1.2.3.4 443 "$T/nothing"; echo "$?"')

    assert printed_.strip() == "2"


def answer(words: bytes) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(words)

    return handle


def through(host: BareHost, proxy: str) -> Observation:
    """How the tunnel reads when this proxy is set."""
    record = call(host, f'PROXY={proxy}; proxy_tunnel; cat "$T/rec.51.0"').strip()
    settings = f"env;name=https_proxy;val={re.sub('//[^@]*@', '//', proxy)};;"
    head = "check;v=1;host=customers.example_company.com;port=443;at=2026-11-24T20:00:00Z;;"
    looks = read_check_script(take_blocks(printed([head, settings, record]))[1][0])
    return next(look for look in looks if look.probe == "proxy")


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("words", "cause"),
    [(b"HTTP/1.1 200 Connection established\r\n\r\n", "proxy_ok"),
     (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "proxy_auth_required"),
     (b"HTTP/1.0 403 Filtered\r\n\r\n", "proxy_forbidden"),
     (b"HTTP/1.1 504 Gateway Timeout\r\n\r\n", "proxy_upstream_failed")],
)  # fmt: skip
def test_a_proxys_own_words_are_heard_without_curl(
    words: bytes, cause: str, host: BareHost
) -> None:
    install(host, "nc")
    with listening(answer(words)) as port:
        assert through(host, f"http://127.0.0.1:{port}").cause == cause


@pytest.mark.usefixtures("loopback")
def test_a_proxy_that_is_not_there_is_unreachable(host: BareHost) -> None:
    install(host, "busybox nc")

    assert through(host, f"http://127.0.0.1:{unused_port()}").cause == "proxy_unreachable"


@pytest.mark.usefixtures("loopback")
def test_a_proxy_without_a_name_server_for_it_is_unresolvable(host: BareHost) -> None:
    host.add(
        "nc", "echo \"nc: getaddrinfo for host 'p' port 1: Name or service not known\" >&2; exit 1"
    )

    assert through(host, "http://p.acme.internal:3128").cause == "proxy_unresolvable"


@pytest.mark.usefixtures("loopback")
def test_the_proxys_password_goes_along_as_it_was_meant(host: BareHost) -> None:
    install(host, "nc")
    (host.tools / "base64").symlink_to(shutil.which("base64") or "base64")
    heads: list[bytes] = []

    def proxy(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with listening(proxy) as port:
        assert through(host, f"http://bot:s%40f%25e@127.0.0.1:{port}").cause == "proxy_ok"

    assert base64.b64encode(b"bot:s@f%e") in heads[0]


@pytest.mark.parametrize(
    ("url", "meant"),
    [("http://p", "http://p:80"), ("p:3128", "http://p:3128"), ("https://u:x@p", "https://u:x@p:443"),
     ("http://[2001:db8::1]", "http://[2001:db8::1]:80"), ("http://a:b/c@p:1/x", "http://a:b/c@p:1"),
     ("socks5://p:1080", "socks5://p:1080")],
)  # fmt: skip
def test_a_proxy_without_a_port_is_the_one_that_ruby_takes(
    url: str, meant: str, host: BareHost
) -> None:
    assert call(host, f'with_port "{url}"') == meant


@pytest.mark.parametrize("shell", SHELLS)
def test_a_closed_standard_output_does_not_lose_the_report(shell: str, host: BareHost) -> None:
    line = " ".join([shutil.which(SHELLS[shell][0]) or "sh", *SHELLS[shell][1:], str(SCRIPT)])
    env = {"PATH": str(host.tools), "TMPDIR": str(host.temporary)}
    for closed in (">&-", ">/dev/full", "<&- >&-"):
        command = ["/bin/sh", "-c", f"{line} {closed}"]
        ran = subprocess.run(command, env=env, text=True, capture_output=True, check=False)

        (block,) = take_blocks(ran.stderr)[1]
        assert not block.damage


def test_a_poor_path_does_not_hide_what_is_installed(host: BareHost) -> None:
    env = {"PATH": "/nonexistent", "TMPDIR": str(host.temporary)}
    command = [shutil.which("sh") or "/bin/sh", str(SCRIPT), "--help"]

    ran = subprocess.run(command, env=env, text=True, capture_output=True, check=False)

    assert "It only looks" in ran.stdout
    assert list(host.temporary.iterdir()) == []


def with_more(name: str, *more: str) -> Observation:
    parts = records(sample(name).text)[:-1]
    return read_check_script(take_blocks(printed([*parts[:-1], *more, parts[-1]]))[1][0])[0]


def test_a_certificate_that_is_refused_at_times_makes_it_degraded() -> None:
    ip = "104.18.20.224"
    expired = f"http;way=direct;ip={ip};req=GET;rc=60;up=yes;said={CERTIFICATE.replace(' ', '+')};;"
    again = f"tls;how=again;ip={ip};rc=0;open=yes;verify=10;nums=10;chain=2;proto=TLSv1.3;;"
    for more in (expired, again):
        head = with_more("healthy_v4_only", more)

        assert (head.layer, head.cause, head.verdict) == ("tls", "tls_expired", "warn")
        assert head.facts["activates"] == "degraded"
        assert "others do not" in head.detail


@pytest.mark.parametrize(
    "end", ["took=3;stopped=yes", "took=24;cut=http.1.3", "took=24;cut=system"]
)
def test_a_run_that_was_ended_early_proves_no_health(end: str) -> None:
    parts = records(sample("healthy").text)[:-1]
    text = printed([*parts[:-1], f"end;{end};resent=0;;"])

    head = read_check_script(take_blocks(text)[1][0])[0]

    assert (head.layer, head.cause, head.verdict) == ("unknown", "truncated", "unknown")
    assert ("interrupted" in head.detail) is ("stopped" in end)


def test_a_ping_that_was_not_over_in_time_costs_nothing() -> None:
    parts = records(sample("healthy").text)[:-1]
    text = printed([*parts[:-1], "end;took=24;cut=ping.1;resent=0;;"])

    assert read_check_script(take_blocks(text)[1][0])[0].verdict == "ok"


def test_a_list_that_ends_in_the_name_of_a_record_is_no_record() -> None:
    (block,) = take_blocks(printed(["check;v=1;;", "end;cut=name.0.A,system;now=5;;"]))[1]

    assert block.one("end").listed("cut") == ("name.0.A", "system")
