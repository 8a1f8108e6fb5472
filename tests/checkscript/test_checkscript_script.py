"""The script itself: every shell, missing tools, hanging tools, secrets, and what it leaves."""

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import program
from bot.evidence.checkscript import read_check_script, take_blocks
from bot.evidence.checkscript_block import Block
from bot.evidence.headline import headline
from bot.evidence.pasted import read_pasted
from tests.checkscript.bare_host import SCRIPT, SHELLS, BareHost

HOST = "customers.example_company.com"
DIG = """
case "$*" in
  *AAAA*) echo ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1" ;;
  *) echo ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1"
     echo "customers.example_company.com. 60 IN A 104.18.20.224" ;;
esac
"""
#: Answers as the portal does, and notes its arguments and its proxy beside itself.
CURL = """
out= head= method=GET url=
echo "$* proxy=${https_proxy:-}" >>"${0%/*}/curl.log"
while [ $# -gt 0 ]; do
  case $1 in
    -o) out=$2; shift ;;
    -D) head=$2; shift ;;
    -I) method=HEAD ;;
    --data) method=POST; shift ;;
    -w | -A | -m | -H | --connect-timeout | --noproxy | --resolve) shift ;;
    http*) url=$1 ;;
  esac
  shift
done
[ -n "$url" ] || exit 0
echo "* Connected to customers.example_company.com (104.18.20.224) port 443" >&2
code=200
case $method in
  HEAD) code=302;
    echo "location: https://customers.example_company.com/customers/sign_in" >"$head" ;;
  POST) echo '{"errors":[{"message":"No query string was present"}]}' >"$out" ;;
  *) echo '<html><title>Sign in</title>' >"$out" ;;
esac
echo "$code 000 0.001 0.012 0.050 0.080 0.090 0 200"
"""


@pytest.fixture
def host(tmp_path: Path) -> BareHost:
    return BareHost(tmp_path)


def block_in(text: str) -> Block:
    (block,) = take_blocks(text)[1]
    return block


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_brings_a_whole_block_without_any_tool(shell: str, host: BareHost) -> None:
    ran = host.run(shell=shell)

    assert ran.returncode == 0
    assert block_in(ran.stdout).damage == ""
    assert block_in(ran.stdout).one("check").get("host") == HOST
    assert "rror" not in ran.stderr
    assert "not found" not in ran.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_a_working_portal_reads_as_working(shell: str, host: BareHost) -> None:
    host.add("dig", DIG)
    host.add("curl", CURL)

    judged = read_check_script(block_in(host.run(shell=shell).stdout))[0]

    assert (judged.layer, judged.cause, judged.verdict) == ("ok", "ok", "ok")


def test_nothing_is_left_behind(host: BareHost) -> None:
    host.add("dig", DIG)
    host.add("curl", CURL)

    host.run()

    assert not list(host.temporary.iterdir())
    assert not list(host.home.iterdir())


@pytest.mark.parametrize("shell", SHELLS)
def test_a_tool_that_hangs_is_ended_by_our_own_clock(shell: str, host: BareHost) -> None:
    host.add("dig", "exec sleep 300")

    block = block_in(host.run(shell=shell).stdout)

    assert {record.get("rcode") for record in block.named("dns")} <= {"TIMEOUT"}
    assert block.damage == ""
    assert not list(host.temporary.iterdir())


def test_a_proxys_password_is_used_and_never_printed(host: BareHost) -> None:
    host.add("curl", CURL)
    proxy = "http://bob:hunter2@proxy.acme.internal:3128"

    ran = host.run(env={"https_proxy": proxy, "no_proxy": "localhost"})

    assert "hunter2" not in ran.stdout + ran.stderr
    assert "bob" not in ran.stdout + ran.stderr
    assert "proxy.acme.internal:3128" in ran.stdout.replace("\n", "")
    log = (host.tools / "curl.log").read_text("utf-8")
    assert f"proxy={proxy}" in log
    assert "hunter2" not in "".join(line.partition(" proxy=")[0] for line in log.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [("--host", ""), ("--host", "-x"), ("--host", "a b"), ("--host", "$(id)"), ("--port", "x"),
     ("--ticket", "1;2"), ("--nonsense",), ("--host",)],
)  # fmt: skip
def test_a_value_that_is_none_is_refused(arguments: tuple[str, ...], host: BareHost) -> None:
    ran = host.run(*arguments)

    assert ran.returncode == 2
    assert not ran.stdout


@pytest.mark.parametrize("arguments", [("--ticket", "77"), ("--ticket=77",)])
def test_the_ticket_stands_in_the_block(arguments: tuple[str, ...], host: BareHost) -> None:
    assert block_in(host.run(*arguments).stdout).one("check").get("ticket") == "77"


def test_the_application_is_asked_when_that_is_wanted(host: BareHost) -> None:
    host.add("dig", DIG)
    host.add("curl", CURL)
    host.add(
        "gitlab-rails",
        'echo "CLC-ERROR Net::OpenTimeout: Failed to open TCP connection to'
        ' customers.example_company.com:443 (execution expired)"\n'
        'echo "CLC-LICENSE cloud 2027-01-01"\n',
    )

    head = headline(read_pasted(host.run("--rails").stdout))

    assert head is not None
    assert (head.probe, head.layer, head.verdict) == ("ruby", "tcp", "fail")


def test_help_explains_it(host: BareHost) -> None:
    ran = host.run("--help")

    assert "It only looks" in ran.stdout
    assert ran.returncode == 0


def test_no_line_is_long_enough_to_be_wrapped_by_mail(host: BareHost) -> None:
    host.add("dig", DIG)
    host.add("curl", CURL)

    ran = host.run()

    assert max(map(len, ran.stdout.splitlines())) <= 72


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck_finds_nothing() -> None:
    found = subprocess.run(
        ["shellcheck", "-s", "sh", str(SCRIPT)], capture_output=True, text=True, check=False
    )

    assert found.stdout == ""


def test_the_command_prints_a_script_for_the_ticket(host: BareHost) -> None:
    result = CliRunner().invoke(program, ["check-script", "--ticket", "5158"])
    script = host.place / "for_5158.sh"
    script.write_text(result.output, "utf-8")

    block = block_in(host.run(script=script).stdout)

    assert result.exit_code == 0
    assert result.output.startswith("#!/bin/sh\n")
    assert block.one("check").get("ticket") == "5158"
    assert block.one("check").get("host") == HOST


@pytest.mark.parametrize("name", ["https://x.test/", "a b", "$(id)", "-x", "a;b", "a\nb"])
def test_the_command_refuses_what_is_no_host(name: str) -> None:
    result = CliRunner().invoke(program, ["check-script", "--host", name])

    assert result.exit_code == 2
    assert "#!/bin/sh" not in result.output


@pytest.mark.parametrize("shell", SHELLS)
def test_a_step_that_is_ended_at_once_does_not_take_the_folder_away(
    shell: str, host: BareHost
) -> None:
    script = SCRIPT.read_text("utf-8")
    first, _, rest = script.partition("START=$(date +%s)")
    alarm = rest[rest.index("alarm() {") : rest.index("IN=/dev/null")]
    often = """
_i=0
while [ "$_i" -lt 100 ]; do
  _i=$((_i + 1))
  alarm 5 "$$" >/dev/null 2>&1 &
  kill "$!"
  [ -d "$T" ] || { echo gone; exit 1; }
done
sleep 1
[ -d "$T" ] && echo there
"""

    file = host.place / "often.sh"
    file.write_text(f"{first}{alarm}{often}", "utf-8")

    ran = host.run(shell=shell, script=file)

    assert ran.stdout.strip() == "there", ran.stderr
