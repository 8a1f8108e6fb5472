"""No text makes a reader raise, and hostile text is read in bounded time."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.evidence.headline import headline
from bot.evidence.observation import CAUSES
from bot.evidence.pasted import READERS, read_pasted

_STARTS = (
    "$ dig customers.example_company.com\n", "; <<>> DiG 9.18 <<>> x\n", ";; ->>HEADER<<- ",
    "$ curl -vI https://customers.example_company.com/\n", "curl: (", "* Trying ", "HTTP/2 ",
    "CONNECTED(00000003)\n", "depth=0 ", "Verify return code: ", "issuer=", " 0 s:",
    "PING ", "64 bytes from ", "traceroute to ", " 1  ", "nc: ", "Ncat: ", "Trying 1.2.3.4...\n",
    '{"data":{"gitlabSubscriptionActivate":{"errors":[', '"license":', "irb(main):001:0> ",
    "SocketError: Failed to open TCP connection to ", "=> #<Net::HTTPFound 302 ", "Server:\t",
    "https_proxy=", "TcpTestSucceeded : ", "443/tcp ", "--2026-11-24 03:17:00--  https://",
    "\x1b[31m", "> ", "&gt; ", "=3D", "\u200b", "<br>", "-----BEGIN CERTIFICATE-----\n",
    '{"http_code":', "rc=2\n", "$ echo $?\n", "::1 ", "64:ff9b::", "\n\n",
)  # fmt: skip

_fragments = st.lists(
    st.one_of(st.sampled_from(_STARTS), st.text(max_size=40), st.integers(0, 999).map(str)),
    max_size=12,
).map("".join)


@given(st.one_of(st.text(max_size=300), _fragments))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_gives_observations_and_never_an_exception(text: str) -> None:
    seen = read_pasted(text)

    assert all(one.cause in CAUSES for one in seen)
    assert (headline(seen) is None) == (not seen)


@given(_fragments, st.sampled_from(sorted(READERS)))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_reader_survives_another_tools_output(text: str, tool: str) -> None:
    assert isinstance(read_pasted(f"$ {tool} customers.example_company.com\n{text}"), tuple)


def test_the_empty_text_says_nothing() -> None:
    assert read_pasted("") == ()
    assert headline(()) is None
