"""Several HARs in one archive, bodies beside the HAR, compressed bodies, damage at the start."""

import base64
import gzip
import io
import json
import zipfile
from contextlib import suppress

from bot.evidence.har.analysis import HarReport, analyse
from bot.evidence.har.redaction import redact_har
from bot.evidence.har.source import UnreadableError
from tests.evidence.har_leaks import leaks
from tests.evidence.har_samples import CONNECTIVITY, Json, Recorder, Secrets, refused

ROUTE = "No route to host - connect(2) for a host"


def recorder() -> Recorder:
    return Recorder("chrome", Secrets(41))


def text_of(log: Json) -> str:
    return json.dumps({"log": log})


def zipped(**members: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def safe(data: bytes) -> tuple[bytes, HarReport]:
    out = io.BytesIO()
    report = redact_har(io.BytesIO(data), out)
    return out.getvalue(), report


def test_of_two_hars_in_an_archive_the_smaller_one_may_hold_the_attempt() -> None:
    browsed, tried = recorder(), recorder()
    for _ in range(30):
        browsed.page()
    tried.activate(tried.secrets.code(), body=refused(CONNECTIVITY))
    data = zipped(browse__har=text_of(browsed.log()), try__har=text_of(tried.log()))

    copy, report = safe(data)
    log = json.loads(copy)["log"]

    assert (report.outcome, report.error_strings) == ("failed", (CONNECTIVITY,))
    assert len(log["entries"]) == 31
    assert analyse(io.BytesIO(copy)).error_strings == (CONNECTIVITY,)
    assert not leaks(browsed.secrets.all + tried.secrets.all, copy.decode())


def test_bodies_that_playwright_put_beside_the_har_are_read_and_made_safe() -> None:
    made = recorder()
    code = made.secrets.code()
    entry = made.activate(code, body=None)
    entry["response"]["content"]["_file"] = "3f7a.json"
    body = refused(f"The code {code} is not valid")
    data = zipped(**{"har.har": text_of(made.log()), "3f7a.json": body})

    copy, report = safe(data)

    assert report.outcome == "failed"
    assert report.error_strings == ("The code [activation code] is not valid",)
    assert analyse(io.BytesIO(copy)).error_strings == report.error_strings
    assert not leaks(made.secrets.all, copy.decode())


def test_a_body_that_is_not_there_stays_unknown() -> None:
    made = recorder()
    entry = made.activate(made.secrets.code(), body=None)
    entry["response"]["content"]["_file"] = "../../etc/passwd"

    report = analyse(io.BytesIO(zipped(har__har=text_of(made.log()))))

    assert (report.outcome, report.cause) == ("unknown", "har_bodies_omitted")


def test_a_body_that_is_still_compressed_is_read_and_made_safe() -> None:
    made = recorder()
    code = made.secrets.code()
    body = gzip.compress(refused(ROUTE, code).encode())
    entry = made.activate(code, body=base64.b64encode(body).decode())
    entry["response"]["content"]["encoding"] = "base64"

    copy, report = safe(text_of(made.log()).encode())
    again, second = safe(copy)

    assert (report.outcome, report.cause) == ("failed", "host_unreachable")
    assert (second.cause, second.error_strings) == (report.cause, report.error_strings)
    assert again == copy
    assert not leaks(made.secrets.all, copy.decode())


def test_an_only_entry_that_is_damaged_is_salvaged_although_the_file_goes_on() -> None:
    made = recorder()
    made.activate(made.secrets.code(), body=refused(CONNECTIVITY))
    text = text_of(made.log()).replace('"cache": {}', '"cache": {},')

    report = analyse(io.BytesIO(text.encode()))

    assert (report.outcome, report.cause) == ("unparseable", "har_malformed")
    assert report.error_strings == (CONNECTIVITY,)


def test_an_answer_in_parts_is_read() -> None:
    made = recorder()
    parts = f"\r\n---\r\nContent-Type: application/json\r\n\r\n{refused(ROUTE)[1:-1]}\r\n-----\r\n"
    made.activate(made.secrets.code(), body=parts, mime='multipart/mixed; boundary="-"')

    assert analyse(io.BytesIO(text_of(made.log()).encode())).error_strings == (ROUTE,)


def test_a_whole_text_in_the_place_of_a_name_names_no_secret() -> None:
    """The secret in it changed its length, and so what its end seemed to name; found by fuzzing."""
    made = recorder()
    entry = made.add("GET", "https://git.acme-widgets.example/", 200, "")
    name = json.dumps({"q": f'activate(activationCode: "{made.secrets.code()}")', "z": "x" * 40})
    entry["request"]["headers"].append({"name": name, "value": "application/json"})

    copy, _ = safe(text_of(made.log()).encode())

    assert safe(copy)[0] == copy


def test_the_key_of_a_notification_is_no_part_of_an_address_to_keep() -> None:
    made = recorder()
    key = made.secrets.hex()
    made.add("GET", f"https://git.acme-widgets.example/-/sent_notifications/{key}/unsubscribe")

    assert not leaks([key], safe(text_of(made.log()).encode())[0].decode())


def test_an_archive_whose_member_lost_its_name_is_read_or_refused_in_words() -> None:
    """The standard library asks such a name for its last letter; scripts/fuzz found it."""
    made = recorder()
    made.activate(made.secrets.code(), body=refused(CONNECTIVITY))
    data = zipped(a=text_of(made.log()))
    where = data.index(b"PK\x01\x02")
    nameless = data[: where + 28] + b"\0\0" + data[where + 30 : where + 46] + data[where + 47 :]

    with suppress(UnreadableError):
        assert analyse(io.BytesIO(nameless)).outcome in {"failed", "unparseable"}


def test_a_coded_body_with_a_damaged_letter_is_still_an_answer() -> None:
    """It was left out as if it were a picture, and the diagnosis with it; found by fuzzing."""
    made = recorder()
    code = made.secrets.code()
    body = refused(f"{ROUTE} {code} §").encode("latin-1", "replace")
    entry = made.activate(code, body=base64.b64encode(body).decode())
    entry["response"]["content"]["encoding"] = "base64"

    copy, report = safe(text_of(made.log()).encode())

    assert report.cause == "host_unreachable"
    assert analyse(io.BytesIO(copy)).error_strings == report.error_strings
    assert not leaks(made.secrets.all, copy.decode())
