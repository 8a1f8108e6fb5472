import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evidence.redact import redact

CODE = "y3U6ukcCCnDDZWGssdiQpiG7"
SESSION = "5014ef5ed72014e90b82285ea7888b4a"
PAT = "glpat-abcDEF1234567890xyzq"


@pytest.mark.parametrize(
    ("text", "secret", "kind"),
    [
        (f"our activation code is {CODE}, thanks", CODE, "activation_code"),
        (f"EXAMPLE_COMPANY_ACTIVATION_CODE={CODE} rake", CODE, "activation_code"),
        ("GITLAB_ACTIVATION_CODE='abcdefghij0123456789abcd'", "abcdefghij", "activation_code"),
        (f'{{"variables":{{"activationCode":"{CODE}"}}}}', CODE, "activation_code"),
        (f'activate(input: {{activationCode: \\"{CODE}\\"}})', CODE, "activation_code"),
        (f"variables=%7B%22activationCode%22%3A%22{CODE}%22%7D", CODE, "activation_code"),
        (f"-H 'PRIVATE-TOKEN: {PAT}' https://git.example", PAT, "private_token"),
        ("PRIVATE-TOKEN: abcdefghij", "abcdefghij", "private_token"),
        (f"see {PAT}.", PAT, "private_token"),
        ("token excft-dCeCuVkJinTbd32jQMj3", "excft-dCeCuVkJinTbd32jQMj3", "feed_token"),
        ("GR1348941od7PCpiXDfHnBkugz99u", "GR1348941od7PCpiXDfHnBkugz99u", "runner_token"),
        ("Authorization: Bearer abc.def-123", "abc.def-123", "authorization"),
        ("proxy-authorization: Basic cHJveHk6c2VjcmV0", "cHJveHk6c2VjcmV0", "authorization"),
        (f"> Cookie: _gitlab_session={SESSION}; a=b", SESSION, "session"),
        (f"< set-cookie: x={SESSION}; path=/; secure", SESSION, "cookie"),
        ("curl -u admin:hunter2 https://git.example", "hunter2", "credentials"),
        ("https://svc:Pa55w0rd@proxy.example:3128", "Pa55w0rd", "credentials"),
        ("https:\\/\\/svc:Pa55w0rd@proxy.example", "Pa55w0rd", "credentials"),
        ("smtp_password: hunter", "hunter", "password"),
        ("gitlab_rails['smtp_password'] = \"hunter\"", "hunter", "password"),
        ('{"user":{"password":"a b c"}}', "a b c", "password"),
        ("my password is Sommer2026!", "Sommer2026", "password"),
        ("mysql --password hunter", "hunter", "password"),
        ("otp_attempt=123456", "123456", "one_time_password"),
        ("SAMLResponse=PHNhbWxwOlJlc3BvbnNl", "PHNhbWxwOlJlc3BvbnNl", "saml"),
        ('<meta name="csrf-token" content="abc+/def==" />', "abc+/def==", "csrf_token"),
        ("mail jane.doe@acme.example now", "jane.doe", "email"),
        ("id eyJhbGciOiJI.eyJzdWIiOi.abcDEF_123 end", "eyJzdWIiOi", "jwt"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
            "MIIEow",
            "private_key",
        ),
        ("-----BEGIN GITLAB LICENSE-----\nabc\n-----END", "abc", "license"),
        ("\n".join(["eyJkYXRhIjoi" + "a1B2" * 12] * 4), "a1B2a1B2", "license"),
    ],
)
def test_a_secret_becomes_a_stand_in_of_its_kind(text: str, secret: str, kind: str) -> None:
    redacted = redact(text)

    assert secret not in redacted.text
    assert redacted.found[kind] == 1


@pytest.mark.parametrize(
    "text",
    [
        "The activation code is not valid",
        "invalid activation code",
        "Activation code should be a 24-character alphanumeric string",
        "Cannot activate instance due to connectivity issue",
        "Net::OpenTimeout: Failed to open TCP connection to customers.example_company.com:443",
        "SSL_connect returned=1 errno=0 state=error: certificate verify failed",
        "issuer: C=US, O=Acme Proxy, CN=Acme Proxy CA",
        "< HTTP/1.1 407 Proxy Authentication Required",
        '< proxy-authenticate: Basic realm="Acme"',
        "customers.example_company.com has address 172.64.146.11 from 10.20.30.40",
        "cf-ray: 8a1b2c3d4e5f6789-FRA",
        "commit 5014ef5ed72014e90b82285ea7888b4a5014ef5e",
        "x-request-id: 01JCZXDFSPUJMYPTWUK77ZDNHT",
        "root@gitlab-01:~# curl -I https://customers.example_company.com",
        "[root@git.acme.example ~]# hostname",
        "git@git.acme.example:group/project.git",
        "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
        "Cipher is TLS_AES_256_GCM_SHA384, ECDHE-RSA-AES128-GCM-SHA256",
        "gid://example_company/License/5501 getCurrentLicenseInformation2",
        "password: is required; token: invalid; session expired",
        "docker run -u 1000:1000 image",
        "/opt/gitlab/embedded/lib/ruby/gems/3.1.0/gems/httparty-0.21.0/lib/httparty.rb",
        "password=[FILTERED] token=***** secret=<your secret>",
    ],
)
def test_what_explains_the_fault_stays_word_for_word(text: str) -> None:
    assert redact(text).text == text
    assert redact(text).found == {}


def test_the_same_secret_has_the_same_stand_in_however_it_is_written() -> None:
    inner = base64.b64encode(f'{{"activationCode":"{CODE}"}}'.encode()).decode()

    redacted = redact(f"activationCode={CODE} again {CODE} and {inner} and %22{CODE}%22")

    assert redacted.text.count("[activation code 1]") == 3
    assert redacted.found == {"activation_code": 1}
    assert "[activation code 1]" in base64.b64decode(redacted.text.split(" and ")[1]).decode()


def test_a_certificate_and_our_own_block_keep_their_lines() -> None:
    lines = "\n".join(["MIIDdzCCAl+gAwIBAgIEbTbTtzANBgkqhkiG9w0BAQsFADBs"] * 5)
    text = f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"

    assert redact(text).text == text
    assert redact(text.replace("CERTIFICATE", "CLOUD LICENSE CHECK")).found == {}


def test_numbers_of_older_stand_ins_are_not_given_again() -> None:
    redacted = redact(f"[activation code 1] and activation code {CODE}")

    assert redacted.text == "[activation code 1] and activation code [activation code 2]"


_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_SECRETS = st.text(_ALPHABET, min_size=24, max_size=24).filter(
    lambda code: any(map(str.isdigit, code)) and code.lower() != code != code.upper()
)
_SNIPPETS = st.sampled_from(
    [
        "password=", 'token: "', "Cookie: a=", "Authorization: Bearer ", "https://u:", "@host.tld",
        "activation code ", "[activation code 1]", "-----BEGIN LICENSE-----", "%22", "\\", "\n",
        "REDACTED_token_1", "-u ", "eyJ", "==", "; ", "'", '"', "secret", "[", "]", "aB3dE5gH7jK9",
        "me@acme.example", "&quot;", 'name="csrf-token" content=',
    ]
)  # fmt: skip


@given(st.lists(st.one_of(st.text(max_size=12), _SNIPPETS), max_size=25).map("".join))
@settings(max_examples=300, deadline=None)
def test_a_second_run_changes_nothing_and_no_text_raises(text: str) -> None:
    once = redact(text).text

    assert redact(once).text == once


@given(_SECRETS, st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_a_planted_code_does_not_survive_in_any_encoding(
    code: str, before: str, after: str
) -> None:
    inner = json.dumps({"note": before, "activationCode": code})
    text = "\n".join(
        [before, f"activation code: {code}", after, quote(inner), json.dumps(inner),
         json.dumps(json.dumps(inner)), base64.b64encode(inner.encode()).decode()]
    )  # fmt: skip

    clean = redact(text).text

    assert code not in clean
    assert base64.b64encode(code.encode()).decode()[2:-4] not in clean
