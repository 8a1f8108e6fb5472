"""Which host is a paste about: the portal, a mistyped portal, or a control such as google.com?"""

import re
from difflib import SequenceMatcher
from typing import Final

#: Real evidence carries the vendor's name, the runbook the example's.
PORTAL: Final = re.compile(
    r"customers\.(?:staging\.)?(?:gitlab|example_company)\.com", re.IGNORECASE
)
_PORTAL_NAMES: Final = ("customers.gitlab.com", "customers.example_company.com")
_ALIKE: Final = 0.85

_CONTROLS = re.compile(
    (
        r"(?:^|\.)(?:google|gstatic|github|microsoft|debian|ubuntu|docker|example|heise"
        r"|wikipedia|amazon|yahoo|bing|cloudflare|archlinux|centos|redhat|apple|facebook"
        r"|baidu|yandex|httpbin|badssl|rubygems|about\.gitlab|packages\.gitlab"
        r"|registry\.gitlab|version\.gitlab)\.(?:com|org|net|io|de|ru)$|^(?:8\.8\.8\.8"
        r"|8\.8\.4\.4|1\.1\.1\.1|1\.0\.0\.1|9\.9\.9\.9)$|^(?:gitlab|example_company)\.com$"
    ),
    re.IGNORECASE,
)
_URL_HOST = re.compile(
    r"https?://(?:[^\s/@'\"]{1,80}@)?(?P<host>\[[0-9a-f:]+\]|[\w.-]{1,253})", re.IGNORECASE
)
_SOME_HOST = re.compile(
    (
        r"(?<![\w@/.+=:-])(?P<host>(?:[a-z0-9_](?:[\w-]{0,62})\."
        r"){1,8}[a-z][a-z0-9-]{1,30}\.?"
        r"|(?:\d{1,3}\.){3}\d{1,3})(?=$|[\s:/'\",)|;])"
    ),
    re.IGNORECASE,
)
_NO_HOST = re.compile(
    r"\.(?:crt|pem|cer|key|rb|log|sh|txt|html?|json|conf|exe|ya?ml|so|py|har|log)$", re.IGNORECASE
)
_OPTION_VALUES = re.compile(
    r"(?:^|\s)(?:--?(?:proxy|x|resolve|connect-to|dns-servers|interface|cacert|capath"
    r"|servername|CAfile|CApath|preproxy|noproxy|referer|e|A|H|header|user-agent|U"
    r"|proxy-user|Server)[ =]\S+|@\S+|-[xHUAe]\S+"
    r"|(?:https?|all|no)_proxy=\S+)",
    re.IGNORECASE,
)


def is_portal(host: str) -> bool:
    """Does this name belong to the portal?"""
    return PORTAL.fullmatch(host.rstrip(".")) is not None


def is_control(host: str) -> bool:
    """A public host that people test to see whether anything works at all."""
    return bool(_CONTROLS.search(host.rstrip(".").lower())) and not is_portal(host)


def is_mistyped(host: str) -> bool:
    """Nearly the portal's name, but not it."""
    name = host.rstrip(".").lower()
    if not name or is_portal(name) or is_control(name) or name[0].isdigit():
        return False
    if any(name.startswith(portal + ".") for portal in _PORTAL_NAMES):
        return False
    return any(
        SequenceMatcher(None, name, portal, autojunk=False).ratio() >= _ALIKE
        for portal in _PORTAL_NAMES
    )


def is_other_of_vendor(host: str) -> bool:
    """Another name below the vendor's domain: not where licenses are activated."""
    name = host.rstrip(".").lower()
    below = name.endswith((".gitlab.com", ".example_company.com"))
    return below and not is_portal(name) and not is_control(name)


def is_other_name(host: str) -> bool:
    """A full name on the internet that is neither the portal nor nearly it."""
    name = host.rstrip(".").lower()
    if not re.fullmatch(r"(?:[a-z0-9_-]+\.)+[a-z]{2,}", name) or "customers" in name:
        return False
    return not is_portal(name) and not is_mistyped(name)


def host_in(command: str) -> str:
    """The host that a command line is aimed at, or an empty string."""
    portal = PORTAL.search(command)
    bare = _OPTION_VALUES.sub(" ", command[:2000])
    url = _URL_HOST.search(bare)
    if url:
        return url["host"].strip("[]")
    for match in _SOME_HOST.finditer(bare):
        if not _NO_HOST.search(match["host"]):
            return match["host"]
    return portal.group(0) if portal else ""
