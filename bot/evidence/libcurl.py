"""Which exit code belongs to libcurl's words, where git, PHP or ``-w`` print the words alone?"""

import re
from typing import Final

#: The words of lib/strerror.c and of what is written into CURLOPT_ERRORBUFFER, old and new.
_WORDS: Final = tuple(
    (code, re.compile(pattern, re.IGNORECASE))
    for code, pattern in (
        (5, r"could(?: not|n't) resolve proxy"),
        (6, r"could(?: not|n't) resolve host"),
        (56, r"connect tunnel failed|received http code \d{3} from proxy|proxy connect aborted"),
        (22, r"requested url returned error"),
        (
            60,
            (
                r"ssl certificate problem|server certificate verification failed"
                r"|peer's certificate issuer|no alternative certificate subject name"
                r"|certificate subject name .{1,120}does not match"
                r"|certgetcertificatechain trust error|sec_e_(?:untrusted_root|wrong_principal)"
            ),
        ),
        (77, r"error setting certificate|error adding trust anchors|error reading ca cert"),
        (
            28,
            (
                r"resolving timed out|name lookup timed out|ssl connection timeout"
                r"|(?:connection|operation) timed out after|timeout was reached"
                r"|(?:failed to connect|connect) to .{1,120}timed out|operation too slow"
            ),
        ),
        (7, r"failed to connect to|couldn't connect to (?:server|host)|failed connect to"),
        (
            35,
            (
                r"gnutls_handshake\(\) failed|ssl_connect|schannel: (?:next|failed)|nss error"
                r"|openssl/[\d.]+\w?: error|error:[0-9a-f]{8}:ssl|tls connect error"
                r"|unexpected tls packet"
            ),
        ),
        (35, r"(?:recv|send) failure: connection (?:was )?reset"),
        (52, r"empty reply from server"),
        (47, r"maximum \(\d+\) redirects followed"),
        (92, r"http/2 stream \d+ was not closed cleanly"),
        (18, r"transfer closed with .{0,40}remaining"),
    )
)


def code_of(words: str) -> int | None:
    """CURLE_…, or None when these are not libcurl's words."""
    return next((code for code, pattern in _WORDS if pattern.search(words)), None)
