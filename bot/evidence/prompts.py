"""Is this line a prompt with a command, and which tool does the command run?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.evidence.shapes import shape_of

#: The word on the command line → the reader's name.
TOOLS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dig": "dig",
        "drill": "dig",
        "kdig": "dig",
        "delv": "dig",
        "dscacheutil": "host",
        "git": "git",
        "host": "host",
        "nslookup": "nslookup",
        "getent": "getent",
        "resolvectl": "resolvectl",
        "systemd-resolve": "resolvectl",
        "ping": "ping",
        "ping6": "ping",
        "ping4": "ping",
        "fping": "ping",
        "traceroute": "traceroute",
        "traceroute6": "traceroute",
        "tracert": "traceroute",
        "tcptraceroute": "traceroute",
        "tracepath": "traceroute",
        "tracepath6": "traceroute",
        "mtr": "traceroute",
        "pathping": "traceroute",
        "nc": "nc",
        "netcat": "nc",
        "ncat": "nc",
        "nc.openbsd": "nc",
        "nc.traditional": "nc",
        "telnet": "telnet",
        "nmap": "nmap",
        "nping": "nmap",
        "tcpdump": "packets",
        "tshark": "packets",
        "ss": "sockets",
        "netstat": "sockets",
        "tcping": "portping",
        "psping": "portping",
        "psping64": "portping",
        "paping": "portping",
        "hping3": "portping",
        "hping": "portping",
        "sslscan": "tlsscan",
        "testssl": "tlsscan",
        "testssl.sh": "tlsscan",
        "sslyze": "tlsscan",
        "dmesg": "gatelog",
        "journalctl": "gatelog",
        "iptables": "gatelog",
        "iptables-save": "gatelog",
        "ip6tables": "gatelog",
        "nft": "gatelog",
        "curl": "curl",
        "wget": "wget",
        "openssl": "openssl",
        "gnutls-cli": "openssl",
        "test-netconnection": "powershell",
        "tnc": "powershell",
        "resolve-dnsname": "powershell",
        "invoke-webrequest": "powershell",
        "iwr": "powershell",
        "invoke-restmethod": "powershell",
        "test-connection": "powershell",
        "env": "env",
        "printenv": "env",
        "export": "env",
        "set": "env",
        "timedatectl": "clock",
        "date": "clock",
        "chronyc": "clock",
        "ntpq": "clock",
        "gitlab-rails": "ruby",
        "example_company-rails": "ruby",
        "irb": "ruby",
        "ruby": "ruby",
        "gitlab-rake": "rake",
        "example_company-rake": "rake",
        "rake": "rake",
        "gitlab-ctl": "ctl",
        "example_company-ctl": "ctl",
    }
)

#: Only with an argument are these commands evidence; alone they are words.
_BARE_WORDS = frozenset(
    {"ss", "nft", "host", "date", "set", "env", "ping", "export", "ruby", "rake", "irb"}
)
#: What stands before the tool on a command line.
_WRAPPERS = re.compile(
    (
        r"^(?:sudo|time|timeout|env|exec|command|nohup|su|runuser|docker|podman|kubectl|oc|ssh|bash"
        r"|sh|xargs|strace|-\S*|\w+=\S*|\d+[smh]?|--)$"
    ),
    re.IGNORECASE,
)
#: After these the word is an account; the application's own is called git.
_BEFORE_USER = frozenset({"-u", "--user", "su", "-", "-l", "runuser"})
_FILTERS = frozenset(
    {"grep", "egrep", "head", "tail", "awk", "sed", "cut", "tee", "less", "jq", "sort"}
)

_PROMPT = re.compile(
    r"^\s{0,4}(?:"
    r"(?:\([\w.-]{1,40}\)\s?)?\[[\w.@:~/\\ +-]{1,80}\][#$%>]"  # [root@host dir]#
    r"|[\w.-]{1,40}@[\w.-]{1,80}[:\s][^#$%>]{0,80}[#$%>]"  # git@host:~$
    r"|(?:PS )?[A-Z]:\\[^>\n]{0,160}>"  # PS C:\> and cmd.exe
    r"|PS [^>\n]{1,120}>"
    r"|(?:sh|bash|ash|zsh)-[\d.]{1,8}[#$]"
    r"|[~/][\w/.-]{0,80} [#$]"  # busybox: / #
    r"|[\w.-]{1,60}:[~/][^#$%>\s]{0,80} ?\w{0,32}[#$%]"  # macOS: host:~ user$
    r"|[a-z][\w.-]{0,40} ?[$#](?= "  # node1$, before what plainly is a command
    r"(?:sudo |time |timeout \S+ )?(?:curl|dig|host|nslookup|ping6?|nc|ncat|wget|telnet|openssl"
    r"|echo|env|cat|getent|docker|bash)\b)"
    r"|[\u279c\u276fλ»]\s*(?:[~/\w.-]{1,60}(?: git:\([^)]{0,60}\))?\s+)?(?=\S)"
    r"|\$|%(?= ?(?:sudo|curl|dig|host|nslookup|ping6?|nc|wget|telnet|openssl|echo|env|cat)\b)"
    r")\s?(?P<command>[^\n]{0,2000})$"
)
_ROOT_OR_TRACE = re.compile(r"^\s{0,4}(?:#|\+{1,3}|>>>|>)\s{1,2}(?P<command>\S[^\n]{0,2000})$")
_IRB = re.compile(
    (
        r"^\s*(?:irb\([\w:# .()]{0,60}\):\d{1,5}[:*>\d]{0,8}|\[\d{1,4}\] (?:pry"
        r"|[\w()]+)\(?[\w#<> :]{0,40}\)?|(?:gitlab|example_company)\([\w-]{1,20}\)"
        r"|pry\([\w#<>]{1,40}\)"
        r"|\d\.\d\.\d\s?:\d{3})[>*\"'/]{0,2}[>*]?\s?(?P<command>[^\n]{0,2000})$"
    ),
    re.IGNORECASE,
)
#: The number or bullet of a list of steps.
_STEP = re.compile(r"^(?:(?:step )?\d{1,2}[.):]|[a-h]\)|[*\u2022-])\s{1,3}(?=\S)", re.IGNORECASE)
_EXIT_ECHO = re.compile(
    (
        r"^(?:echo|printf)\s[^;|&]{0,40}\$\?[^;|&]{0,10}$|^\$\?$"
        r"|^(?:echo\s+)?(?:%errorlevel%|\$lastexitcode)"
    ),
    re.IGNORECASE,
)


_LOOP = re.compile(r"(?:for \w+ in|while|until)\b[^\n]{1,400};\s*do\b")
#: What a script would do is no evidence of what happened.
LISTING: Final = "listing"
_SHOWS_SCRIPT = re.compile(
    r"\s*(?:sudo )?(?:(?:cat|less|more|head|tail|bat|nano|vim?|type|get-content)\b[^|;&]{0,200}"
    r"\.(?:sh|bash|zsh|ps1|bat|cmd|py|rb|pl|ya?ml)\b|crontab -l\b)[^|;&]*$",
    re.IGNORECASE,
)


#: After root's `# ` these begin a command and no remark, so the output before them has ended.
_OTHER_COMMANDS = re.compile(
    r"(?:cat|ls|ip|ss|grep|netstat|ifconfig|route|systemctl|service|tail|less|docker|kubectl"
    r"|iptables|nft|ufw|firewall-cmd|sysctl|uname|journalctl|apt|apt-get|yum|dnf|update-ca-\w+)\s"
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command line; `tool` is empty when no reader knows it."""

    line: str
    tool: str
    machine: str = ""
    """The host that the prompt names, or ``windows``."""
    user: str = ""
    """The account that the prompt names."""
    prompted: bool = True
    """Stood a prompt before it?"""


def command_of(line: str) -> Command | None:
    """The command of a line that has a prompt, or that plainly is a command without one."""
    irb = _IRB.match(line)
    if irb:
        return Command(irb["command"], "ruby")
    prompt = _PROMPT.match(line)
    if prompt:
        command = prompt["command"]
        asking = line[: prompt.start("command")]
        return Command(command, tool_of(command), _machine(asking), user=_user(asking))
    return _promptless(line)


def _machine(prompt: str) -> str:
    if re.match(r"\s*(?:PS )?[A-Z]:\\|\s*PS ", prompt):
        return "windows"
    named = re.search(r"@([\w.-]{1,80})|^\s*([a-z][\w.-]{1,40}) ?(?:[$#]|:[~/])", prompt)
    return (named[1] or named[2]) if named else ""


def _user(prompt: str) -> str:
    named = re.search(r"(?:^|[\s\[(])([a-z_][\w.-]{0,31})@[\w.-]", prompt)
    return named[1] if named else ""


def _promptless(line: str) -> Command | None:
    trace = _ROOT_OR_TRACE.match(line)
    text = _STEP.sub("", trace["command"] if trace else line.strip())
    if trace and shows_exit_code(text):
        return Command(text, "")
    if _LOOP.match(text):
        return Command(text, tool_of(text), prompted=False)
    if shape_of(text) or not (_has_argument(text) or (trace and _OTHER_COMMANDS.match(text))):
        return None
    tool = tool_of(text, exact=True)
    if not tool and trace and _OTHER_COMMANDS.match(text):
        return Command(text, tool_of(text) if " exec " in text else "", prompted=False)
    return Command(text, tool, prompted=False) if tool else None


def tool_of(command: str, *, exact: bool = False) -> str:
    """The tool whose output follows; with `exact` the line must plainly be a command."""
    if _SHOWS_SCRIPT.match(command):
        return LISTING
    if "/dev/tcp/" in command and not re.match(r"\s*(?:\S+: line|/dev/)", command):
        return "devtcp"
    found = ""
    for part in re.split(r"\||;|&&", command)[:12]:
        words = part.split()[:40]
        found = _tool_in(words, exact=exact) or found
        if exact and not found:
            return ""
    if found == "env" and "proxy" not in command.lower() and exact:
        return ""
    return found


def _tool_in(words: list[str], *, exact: bool) -> str:
    for index, word in enumerate(words):
        name = (
            word.strip("'\"()`").rsplit("/", 1)[-1].rsplit("\\", 1)[-1].lower().removesuffix(".exe")
        )
        if name in _FILTERS:
            return ""
        before = words[index - 1] if index else ""
        if name == "git" and before in _BEFORE_USER:
            continue
        if name in TOOLS and not (word.endswith(":") or (before == "-c" and word[0] not in "'\"")):
            return TOOLS[name]
        if exact and not _WRAPPERS.match(word):
            return ""
    return ""


_ARGUMENT = re.compile(
    r"^(?:-{1,2}\w|https?://|[\w-]+(?:\.[\w-]+)+|[A-Z_]+=|s_client|[\d.:]+$|\$\w+"
    r"|(?:runner|console)$|gitlab:\w)",
    re.IGNORECASE,
)


def _has_argument(text: str) -> bool:
    """`ping customers.example_company.com` is a command, `ping is blocked here` is a sentence."""
    words = text.split()
    if len(words) < 2:  # noqa: PLR2004 - a command and its argument
        return False
    ends = text.removesuffix("$?")
    return any(_ARGUMENT.match(word.strip("'\"")) for word in words[1:4]) and not ends.endswith(
        (".", "?", ":")
    )


def shows_exit_code(command: str) -> bool:
    """Is this ``echo $?`` or one of its relatives?"""
    return bool(_EXIT_ECHO.search(command))
