"""Where one field names a secret and the next one holds it, and where it stands in an address."""

import base64

import pytest

from bot.evidence.har.clean import Cleaner
from bot.evidence.har.learn import Learner
from bot.evidence.har.node import parsed
from bot.evidence.redact import redact
from bot.evidence.redact_standins import StandIns

_SECRET = "Falcon*z6dyr"
_CODED = "Falcon%2Az6dyr"


@pytest.mark.parametrize(
    "form",
    [
        f"key=SMTP_PASSWORD&value={_CODED}&protected=true",
        f"value={_CODED}&key=SMTP_PASSWORD&protected=true",
        f"name=DB_PASSWORD&val={_SECRET}",
        f"v[][key]=A&v[][value]=plain&v[][key]=DB_PASSWORD&v[][secret_value]={_CODED}",
        f"v[][key]=A&v[][value]=plain&v[][key]=DB_PASSWORD&v[][value]={_CODED}",
        f"v%5B0%5D%5Bkey%5D=DB_PASSWORD&v%5B1%5D%5Bkey%5D=A&v%5B0%5D%5Bvalue%5D={_CODED}",
        f"env[DB_PASSWORD]={_CODED}&env[A]=plain",
        f"https://git.acme.example/x?key=DB_PASSWORD&value={_CODED}",
    ],
)
def test_a_form_that_tells_a_secrets_name_in_one_field_loses_the_value_in_the_other(
    form: str,
) -> None:
    recorded = Cleaner(StandIns(portable=True)).clean({"postData": {"text": form}})

    assert "z6dyr" not in redact(form).text
    assert "z6dyr" not in str(recorded)
    assert "plain" not in form or "plain" in str(recorded)


@pytest.mark.parametrize(
    "text",
    [
        f"curl -F key=DB_PASSWORD -F 'value={_SECRET}' https://git.acme.example",
        f"curl --data 'key=DB_PASSWORD&value={_CODED}' https://git.acme.example",
        f"env:\n  - name: DB_PASSWORD\n    value: {_SECRET}\n  - name: MODE\n    value: fast",
        f'- key: "DB_PASSWORD"\n  value: "{_SECRET}"',
        f"name=DB_PASSWORD&amp;value={_SECRET}&amp;x=1",
        f'"body":"key=DB_PASSWORD\\u0026value={_SECRET}"',
    ],
)
def test_the_same_holds_for_options_settings_and_coded_forms(text: str) -> None:
    clean = redact(text).text

    assert "z6dyr" not in clean
    assert redact(clean).text == clean


@pytest.mark.parametrize(
    "form",
    [
        "name=password&id=3&value=on",
        "key=mode&value=fast&sort=name",
    ],
)
def test_fields_that_belong_to_no_secret_stay(form: str) -> None:
    assert redact(form).text == form


def test_parts_of_a_multipart_body_tell_each_others_names() -> None:
    body = "".join(
        f'--b1\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("key", "DB_PASSWORD"), ("value", _SECRET), ("masked", "false"))
    )
    clean = str(Cleaner(StandIns(portable=True)).clean({"text": body + "--b1--\r\n"}))

    assert "z6dyr" not in clean
    assert "DB_PASSWORD" in clean
    assert "false" in clean


def test_listed_parameters_are_learnt_by_the_name_beside_them() -> None:
    standins = StandIns(portable=True)
    params = parsed(
        f'[{{"name":"key","value":"DB_PASSWORD"}},{{"name":"value","value":"{_SECRET}"}}]'
    )
    Learner(standins).learn({"request": {"postData": {"mimeType": "x", "params": params}}})

    assert standins.lookup(_SECRET) == "REDACTED_password_1"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://admin:P%40ss%2FOavW%239@git.acme.example/api", "git.acme.example/api"),
        ("https://admin:P@ssOavW@git.acme.example/api", "git.acme.example/api"),
        ("see https://bob%40acme.example:P%23ssOavW@h.acme.example/x%20y ok", "h.acme.example/x"),
        ("u=https%3A%2F%2Fadmin%3AP%2540ssOavW%40git.acme.example%2Fx&b=1", "git.acme.example"),
        ("https%253A%252F%252Fadmin%253AP%252540ssOavW%2540h.acme.example", "h.acme.example"),
        ("https:\\/\\/a:P%40ssOavW@h.acme.example\\/x", "h.acme.example\\/x"),
        ("x.example/?next=https://bob:P%40ssOavW@h.acme.example/", "h.acme.example/"),
    ],
)
def test_userinfo_in_percent_codes_goes_as_one_and_the_host_stays(address: str, shown: str) -> None:
    for clean in (redact(address).text, str(Cleaner(StandIns(portable=True)).clean(address))):
        assert "OavW" not in clean
        assert "mail" not in clean
        assert shown in clean


@pytest.mark.parametrize(
    "address",
    [
        "ssh://git@h.acme.example/x",
        "http://10.0.0.1:8080/a@b",
        "https://cdn.acme.example/@s/p@1.0/x",
    ],
)
def test_an_at_sign_elsewhere_in_an_address_is_no_userinfo(address: str) -> None:
    assert "credentials" not in redact(address).text


@pytest.mark.parametrize(
    "page",
    [
        "<h3>Recovery codes</h3><li><b class='code'>{}</b></li><li><b class='code'>{}</b></li>",
        "<li><b data-testid='code-content'>{}</b></li><li><b data-testid='code-content'>{}</b>",
        '<ul class="recovery-codes"><li>{}</li>\n<li><code>{}</code></li></ul>',
        "<h2>Backup codes</h2><pre>{}\n{}\n</pre>",
        "Recovery codes:\n1. {}\n2. {}\n",
        "codes de récupération<br>{}<br>{}<br>",
        '<div data-codes=\'["{}","{}"]\'>',
    ],
)
def test_recovery_codes_go_wherever_their_list_stands(page: str) -> None:
    text = page.format("d9f7d5283715ec82", "35abdc957825803d")
    clean = redact(text).text

    assert "d9f7" not in clean
    assert "803d" not in clean
    assert redact(clean).text == clean


def test_a_seed_goes_out_of_its_link_and_wherever_it_is_shown() -> None:
    seed = "35LYB6MPP644J2JU6GAHCCYDT5OQPRHB"
    fours = " ".join(seed[at : at + 4] for at in range(0, 32, 4))
    link = f'<a href="otpauth://totp/git:root?secret={seed}&amp;issuer=git">scan</a>'
    coded = base64.b64encode(f"key: {seed}".encode()).decode()
    clean = redact(f"<p>{fours.lower()}</p>{link}<p>Key: {seed}</p><i>{coded}</i>").text

    assert "5lyb" not in clean.lower()
    assert coded[8:30] not in clean
    assert "issuer=git" in clean
