"""Is this certificate issuer a public CA, a device that inspects traffic, or a private CA?"""

import re
from typing import Final, Literal

IssuerKind = Literal["public", "inspection", "private", ""]

#: Products that terminate TLS to look inside; their names stand in the certificates they forge.
_INSPECTION: Final = re.compile(
    (
        r"fortinet|fortigate|fortiguard|\bfg[tv]?\d{2,4}|zscaler|palo ?alto|panos|netskope"
        r"|goskope|blue ?coat|proxysg|forcepoint|websense|sophos|astaro|umbrella|cisco"
        r"|check ?point|mcafee|skyhigh|trellix|barracuda|watchguard|sonicwall|untangle"
        r"|kaspersky|\beset\b|avast|bitdefender|squid|mitmproxy|portswigger|burp"
        r"|charles proxy|fiddler|iboss|menlo|cato networks|trend ?micro|smoothwall"
        r"|lightspeed|securly|goguardian|contentkeeper|f5 networks|big-?ip|sslo\b"
        r"|a10 networks|juniper|symantec web|web security service|stormshield|clavister"
        r"|hillstone|sangfor|huawei|h3c|topsec|gateway ca|cloudflare for teams"
        r"|cloudflare gateway|inspect|intercept|decrypt|deep packet|\bdpi\b|mitm"
        r"|ssl[- ]?(?:proxy|forward|visibility|scan)|web ?(?:proxy|gateway|filter)"
        r"|firewall|proxy (?:root )?ca|\bproxy\b|\butm\b|\bngfw\b"
    ),
    re.IGNORECASE,
)
_PUBLIC: Final = re.compile(
    (
        r"google trust services|\bgts (?:ca|root)|let'?s encrypt|\bisrg\b|digi ?cert"
        r"|geotrust|rapidssl|thawte|verisign|sectigo|comodo|usertrust|zerossl|global ?sign"
        r"|cloudflare,? inc|cloudflare tls|cloudflare inc|baltimore|amazon(?: rsa| root|,)"
        r"|o ?= ?amazon|starfield|go ?daddy|entrust|identrust|dst root|ssl\.com"
        r"|ssl corporation|certum|asseco|unizeto|actalis|quovadis|buypass|harica"
        r"|hellenic academic|swisssign|d-trust|telesec|t-systems|deutsche telekom security"
        r"|twca|taiwan-ca|microsoft (?:azure )?(?:rsa|ecc|tls|it)|microsoft corporation"
        r"|certigna|secom|cybertrust japan|wosign|cfca|affirmtrust|trustwave|securetrust"
        r"|network solutions|teliasonera|telia|apple public|e-tugra|gandi|izenpe|sslcom"
        r"|emsign|atos trustedroot|firmaprofesional|accv|camerfirma|chunghwa|hongkong post"
        r"|kpn|naver|certsign|trust provider|geant vereniging|vodafone|internet2|incommon"
    ),
    re.IGNORECASE,
)
#: Names of public intermediates so short that only the whole CN may match.
_PUBLIC_CN: Final = re.compile(
    r"\bcn ?= ?(?:r1?\d|e\d|we\d|wr\d|gts \w{2,6}|ye\d|yr\d)\b", re.IGNORECASE
)


def issuer_kind(issuer: str) -> IssuerKind:
    """Who signed? An inspector is named even when it borrows a public name."""
    if not issuer.strip():
        return ""
    if _INSPECTION.search(issuer):
        return "inspection"
    if _PUBLIC.search(issuer) or _PUBLIC_CN.search(issuer):
        return "public"
    return "private"


def is_foreign(issuer: str) -> bool:
    """An issuer is shown and it is not a public CA."""
    return issuer_kind(issuer) in {"inspection", "private"}
