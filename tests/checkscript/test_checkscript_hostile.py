"""Hosts that are set up oddly: the script still brings a whole block, and no password in it."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

from bot.evidence.checkscript_block import take_blocks
from tests.checkscript.bare_host import SCRIPT, SHELLS, BareHost

PASSWORDS = (
    "hunter2", "p@ss@hunter2", "hunt/er2", "hunter2?x#y", "hunter2;rm", "hunter2$(id)", "hunter2\n",
    "hunter2'\"", "a hunter2 b",
)  # fmt: skip
FORMS = ("http://bob:{}@proxy.acme:3128", "bob:{}@proxy.acme:3128", "//bob:{}@proxy.acme:3128")


@pytest.fixture
def host(tmp_path: Path) -> BareHost:
    return BareHost(tmp_path)


def whole(text: str) -> bool:
    (block,) = take_blocks(text)[1]
    return not block.damage


@pytest.mark.parametrize("password", PASSWORDS)
def test_no_password_of_a_proxy_is_printed(password: str, host: BareHost) -> None:
    """In the address, in the list of exceptions, and in what curl says about them."""
    host.add("curl", "echo \"curl: (5) Unsupported proxy syntax in '$https_proxy'\" >&2; exit 5")
    for form in FORMS:
        value = form.format(password)

        ran = host.run(env={"https_proxy": value, "no_proxy": f"localhost,{value}"})

        printed = (ran.stdout + ran.stderr).replace("\n", "")
        for text in (printed, unquote_plus(printed)):
            assert "hunt" not in text
            assert "er2" not in text
            assert "bob" not in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [("http://bob:x@proxy.acme:3128", "http://proxy.acme:3128"), ("proxy:3128", "proxy:3128"),
     ("http://proxy.acme:3128/path", "http://proxy.acme:3128"),
     ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128"),
     ("http://bob:p/w@proxy.acme:3128", "http://unreadable")],
)  # fmt: skip
def test_a_proxy_is_shown_by_host_and_port(value: str, shown: str, host: BareHost) -> None:
    (block,) = take_blocks(host.run(env={"https_proxy": value}).stdout)[1]

    assert block.one("env").get("val") == shown


def test_exceptions_stay_as_they_are(host: BareHost) -> None:
    (block,) = take_blocks(host.run(env={"no_proxy": "a.b, .c 10.0.0.0/8,[::1]"}).stdout)[1]

    assert block.one("env").get("val") == "a.b,.c,10.0.0.0/8,[::1]"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_ends_at_the_first_error_does_not_end_it(shell: str, host: BareHost) -> None:
    host.add("fails", f"exec {shutil.which('true')}")
    script = host.place / "strict.sh"
    script.write_text("#!/bin/sh\nset -e\n" + SCRIPT.read_text("utf-8"), "utf-8")

    ran = host.run(shell=shell, script=script)

    assert whole(ran.stdout)
    assert not list(host.temporary.iterdir())


def test_aliases_and_functions_do_not_stand_in_for_tools(host: BareHost) -> None:
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    profile = host.place / "profile"
    profile.write_text("shopt -s expand_aliases\nalias cat=tac grep='grep -v'\ncut() { :; }\n")

    ran = host.run(shell="bash", env={"BASH_ENV": str(profile)})

    assert whole(ran.stdout)


def test_a_temporary_folder_that_is_not_there_is_replaced(host: BareHost) -> None:
    ran = host.run(env={"TMPDIR": str(host.place / "nowhere")})

    assert whole(ran.stdout)


def test_a_host_without_mktemp_gets_its_folder(host: BareHost) -> None:
    (host.tools / "mktemp").unlink()
    for name in ("mkdir",):
        (host.tools / name).symlink_to(shutil.which(name) or name)

    ran = host.run()

    assert whole(ran.stdout)
    assert not list(host.temporary.iterdir())


def interrupted(host: BareHost, number: int, shell: str = "sh") -> subprocess.Popen[str]:
    """Start a run and send the signal while it waits for its name servers when the signal comes."""
    host.add("getent", "exec sleep 300")
    host.add("dig", "exec sleep 300")
    env = {"PATH": str(host.tools), "TMPDIR": str(host.temporary), "HOME": str(host.home)}
    started = subprocess.Popen(
        [shutil.which(SHELLS[shell][0]) or "sh", *SHELLS[shell][1:], str(SCRIPT)], env=env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    end = time.monotonic() + 60
    while not list(host.temporary.glob("clcheck.*/step.system")) and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(started.pid, number)
    return started


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_it_gets_what_is_known(number: int, shell: str, host: BareHost) -> None:
    started = interrupted(host, number, shell)
    printed, said = started.communicate(timeout=60)

    (block,) = take_blocks(printed)[1]
    assert started.returncode == 130
    assert not block.damage
    assert block.one("end").get("stopped") == "yes"
    assert "interrupted" in said
    assert not list(host.temporary.iterdir())


def test_a_terminal_that_goes_away_ends_it_and_nothing_is_left(host: BareHost) -> None:
    started = interrupted(host, signal.SIGHUP)
    started.communicate(timeout=60)

    assert started.returncode == 130
    assert not list(host.temporary.iterdir())
