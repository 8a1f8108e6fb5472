"""Was a command given what the application does not have, so that its success heals nothing?"""

import re
from typing import Final

#: What a tester added by hand; the product resolves, connects and verifies without it.
_HELPS: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "insecure",
            (
                r"(?:^|\s)-[a-jl-wyzA-Z]*k[a-zA-Z]*(?=\s|$)|--insecure|--no-check-certificate"
                r"|verify: ?false|VERIFY_NONE|SkipCertificateCheck"
            ),
        ),
        (
            "ca",
            (
                r"--cacert|--capath|--ca-certificate|-CAfile|-CApath|ca_file:"
                r"|(?:SSL_CERT_(?:FILE|DIR)|(?:CURL|REQUESTS)_CA_BUNDLE)="
            ),
        ),
        ("address", r"--resolve|--connect-to|-H ?['\"]?[Hh]ost:|--header[ =]['\"]?[Hh]ost:"),
        (
            "proxy",
            (
                r"(?:^|\s)-x ?\S|--?proxy[ =]|--noproxy|--socks\d|--no-proxy"
                r"|(?i:\b(?:https?|all|no)_proxy=)|env -u \w+"
            ),
        ),
        (
            "resolver",
            (
                r"(?:^|\s)@[\w.:]+|--dns-servers|-Server\s|\s\+cd(?:flag)?\b"
                r"|\b(?:host|nslookup)(?:\s+-\S+)*\s+[\w.-]+\.\w+\.?\s+[\w.:-]+\s*$"
            ),
        ),
        (
            "family",
            r"(?:^|\s)(?:-[46]|--ipv[46]|--inet[46]-only)(?=\s|$)|(?:^|\s)-[a-zA-Z]*[46]\w*\s+http",
        ),
        (
            "protocol",
            (
                r"--tlsv1|--tls-max|--sslv\d|--ciphers|--tls13-ciphers|--http(?:0\.9|1\.[01]|2|3)\b"
                r"|\s-(?:no_)?tls1(?:_\d)?\b|\s-cipher(?:suites)?\b|--secure-protocol|-SslProtocol\b"
            ),
        ),
        ("agent", r"(?:^|\s)-A ?['\"]?\S|--user-agent|(?i:-H ?['\"]?user-agent:)|-UserAgent\b"),
        ("environment", r"\bsudo\s+(?:-\S+\s+)*(?:-E\b|--preserve-env)"),
        ("source", r"--interface[ =]|--bind-address|--local-port|ip netns exec|ip vrf exec"),
    )
)
#: The same given to all that follows in the shell.
_FOR_THE_SESSION: Final = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "proxy",
            (
                r"(?:\bexport|\bset|\bsetx|declare -x|\$env:)\s*(?:https?|all|no)_proxy\b"
                r"|\bunset\s+(?:\w+\s+)*(?:https?|all|no)_proxy\b|netsh winhttp (?:re)?set proxy"
            ),
        ),
        (
            "ca",
            (
                r"(?:\bexport|\bset|declare -x|\$env:)\s*"
                r"(?:SSL_CERT_(?:FILE|DIR)|(?:CURL|REQUESTS)_CA_BUNDLE)\b"
            ),
        ),
    )
)
_CONTAINER: Final = re.compile(
    r"\b(?:docker|podman|kubectl|oc|nerdctl|crictl)\b.{0,80}?\b(?:exec|run)\b"
)
_PRODUCT: Final = re.compile(
    r"\b(?:gitlab|example_company)\b|\b(?:webservice|toolbox|sidekiq|task-runner)\b"
)
_HOSTS_NET: Final = re.compile(r"--net(?:work)?[= ]host\b")
_USER: Final = re.compile(
    r"\b(?:sudo|runuser)\s+(?:-\S+\s+)*?(?:-u ?|--user[ =])(?P<sudo>[\w-]+)"
    r"|\bsu\s+(?:-\S*\s+(?:/\S+\s+)?)*(?P<su>[\w-]+)\s+.{0,40}?-c\b"
)
#: Root by sudo, with root's rights and environment.
_SUDO: Final = re.compile(r"\bsudo\b|^\s*su\s")
_SSH: Final = re.compile(r"^\s*ssh\s+(?:-\S+\s+)*(?:[\w.-]+@)?(?P<host>[\w.-]+)\s+\S")
_POSTS: Final = re.compile(
    r"(?i:-X ?['\"]?post|--request[ =]post)|--data|--json|(?:^|\s)-d ?\S|--post-(?:data|file)"
    r"|\.post\(|-Method post",
    re.IGNORECASE,
)


def helps_in(command: str) -> tuple[str, ...]:
    """The kinds of help on a command line; most have none."""
    return tuple(name for name, pattern in _HELPS if pattern.search(command))


def session_helps_in(command: str) -> tuple[str, ...]:
    """What a command changes for those after it, as long as the shell or the exception lasts."""
    return tuple(name for name, pattern in _FOR_THE_SESSION if pattern.search(command))


def container_in(command: str) -> str:
    """The container that it is run in, as ``container NAME``; the host's own network counts not."""
    found = _CONTAINER.search(command)
    if found is None or _HOSTS_NET.search(command):
        return ""
    words = command[found.end() :].split()
    name = next((word for word in words if not word.startswith("-")), "")
    image = re.search(r"--image[= ](\S+)", command)
    return f"container {image[1] if image else name}".strip()


def runs_in_product(command: str) -> bool:
    """Is the container the product's own? Then nothing else is closer to what activation does."""
    found = _CONTAINER.search(command)
    return found is not None and _PRODUCT.search(command[found.start() :]) is not None


def user_in(command: str) -> str:
    """The account that a command is run as, when it names one."""
    found = _USER.search(command)
    if found:
        return found["sudo"] or found["su"]
    return "root" if _SUDO.search(command) else ""


def ssh_host_in(command: str) -> str:
    """The machine that ssh runs the rest of the command on."""
    found = _SSH.match(command)
    return found["host"] if found else ""


def posts(command: str) -> bool:
    """Does it send something, as activation does? What only asks passes where this is refused."""
    return _POSTS.search(command) is not None
