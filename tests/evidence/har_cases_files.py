"""No activation at all, packed and damaged files, and bodies that only their sender can read."""

import base64
import gzip
import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import replace

from tests.evidence.har_calls import (
    GRAPHQL,
    HOST,
    Call,
    Session,
    activation,
    answer,
    flow,
    mutation,
    packed,
)
from tests.evidence.har_case import Case, case, chrome_case
from tests.evidence.har_dialects import chrome, playwright, text
from tests.evidence.har_tools import TOOLS

CODE = "invalid activation code"
BROTLI_PAGE = (
    "G/MBABwF7p5iWYR2G+PiYVE8Q2mH3DXt7ddDjvwAZt+t8De2vnGUUo7NNaYhGdK37ogDwt6/b28lWaBRgJU8sjjQgLOE"
    "0m3Sc5gx3TAIDIuRhq5hLxM8p3lsSNeIbW3ZlF9NbyNoYi1GkdtA4ArCZLSqdMUD4FUG+0CcL5l5fdu5XHiPs7OGV1Gf"
    "USGyrNP25Ahj3lEv5MjhC/HuV9+88wbya1kdSeYLg8gChL9pYTOLeoQdao/TEBu+S3tx6/tH0FHkThHobbri/vtpSmLd"
    "Sbx7m/JoDIfRAmaYQFmQDdjDeF524IR2CULoSfETHO0T9Dg3fjL6pNlONIlKHUYMctRQdwtXKbpBblbLNfim2Wg4P3aY"
    "6FYLT+C6RNYWs45lvwCcTkAXAhTAXUod8QE="
)
BROTLI_ANSWER = (
    "G1wAAIzUYs0Z7oxQ6eq2VM/ySxGxXrqIqIgcjMdyHjpOuXmg1JZlYf7tIBeAtzBZpeY8kxWHfECOq/bmaos2bdOf4EgC"
    "chtyFSmTnT0+405nAoTgIjUiAA=="
)
ZSTD_PAGE = (
    "KLUv/WT0AM0LAMYWTylAtQ4DyTIMwzBw72abFk1Zryprs9tX7nZ3O/7/TwQJ02PtkxOuKk/XBD8ASQBFAJ/e2r3pb+ow"
    "q/nue2rjRsPaeb5mdt+z5Sx4v8cTnMVGBotlpsZ/4h2iYMrxvHz81hOvW6/MT2aRjKjzwEACNp3Qo0bbgREpOaW0PrJQ"
    "ekILiEwzZRoqiR6dFWVT+ASTk8ThcICabLIIxhHBYJl4yMFHkOQQPC+e8zIgRwOAx2XV9JN+EutxiMmm752GCcRH9EOl"
    "EIZSJyZRbiChw2s/lqXaie5jddcIW2E7DCpGt6e2xcvVmbq0qbRoYhXAsx5L1CBnuy71XwVSEZkw5xdemZ/kqpdQTaVJ"
    "VENNtRNxlsKi9S5nPXvVyzPflW8rB3VZYpy+9SvEdvfNCv0lvrl2o28yu5azi/pa7+1oSvoXCKCGlrHdLkgBkA7K5gxu"
    "gXDdGj2OcRPdafw0nnfuZS5ULLVR2nZ4BYwPZD4n2KpV91Oq+Cxz8ssSF9mb/A=="
)
ZSTD_ANSWER = (
    "KLUv/SRdzQIAQoUTGHDLA+YIIZEus4a7/wAYsfGu0QUMqiosATlnSpeK65RO+wBGu+acOoi3hvWSYqylLg5qfO29cz5k"
    "/GVQrb/iV+K4CBHS96Sbgxo+RLoJAgCIKkrFpciN8WBn"
)


def _coded(coding: str, page: str, told: str) -> Case:
    said = (("Content-Encoding", coding),)

    def calls(session: Session) -> list[Call]:
        session.planted.append(page)
        return [Call(got=base64.b64decode(page), got_type="text/html", answered=said),
                activation(session, got=base64.b64decode(told), answered=said)]  # fmt: skip

    return case(f"har_{coding}", TOOLS["pcap2har"], calls, "unknown", "har_bodies_omitted")


def _fails(session: Session) -> list[Call]:
    return [activation(session, CODE)]


def _sync(session: Session) -> list[Call]:
    return [Call("POST", HOST + "/admin/license/sync_seat_link", "", status=422,
                 got='{"success":false}', headers=(("X-CSRF-Token", session.csrf),))]  # fmt: skip


def _marketing(session: Session) -> list[Call]:
    return [Call(url="https://about.gitlab.com/pricing/", got=session.page("Pricing"),
                 got_type="text/html")]  # fmt: skip


def _portal(session: Session) -> list[Call]:
    query = json.dumps({"query": "query { subscriptions { name } }"})
    got = '{"errors":[{"message":"not yours"}]}'
    return [Call("POST", "https://customers.gitlab.com/graphql", query, got=got)]


def _schema(session: Session) -> list[Call]:
    got = {"data": {"__schema": {"mutationType": {"fields": [
        {"name": "gitlabSubscriptionActivate"}]}}}}  # fmt: skip
    query = {"operationName": "IntrospectionQuery", "query": "query IntrospectionQuery { x }"}
    return [Call("POST", GRAPHQL, json.dumps(query), got=json.dumps(got))]


def _license_file(session: Session) -> list[Call]:
    blob = base64.encodebytes(session.csrf.encode() * 6).decode()
    session.planted.append(blob.split("\n")[1])
    mark = "------WebKitFormBoundaryQ"
    name = 'name="license[data_file]"; filename="globex.gitlab-license"'
    body = f"{mark}\r\nContent-Disposition: form-data; {name}\r\n\r\n{blob}\r\n{mark}--\r\n"
    kind = "multipart/form-data; boundary=----WebKitFormBoundaryQ"
    return [Call("POST", HOST + "/admin/license", body, kind, 302, "", "text/html",
                 answered=(("Location", HOST + "/admin/subscription"),))]  # fmt: skip


def _zip(log: str, *, junk: bool = False, **files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if junk:
            archive.writestr("__MACOSX/._git.har", b"\0\5\26\7" + b"\0" * 90)
        archive.writestr("har.har", log)
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def _attached(name: str) -> Case:
    """Playwright's ``recordHar`` with ``content: 'attach'``: bodies are files of the archive."""
    session = Session(name)
    log = playwright(flow(session, *_fails(session)), session)
    files = {}
    for made in log["log"]["entries"]:
        for content in (made["response"]["content"], made["request"].get("postData", {})):
            body = content.pop("text", None)
            if body:
                stem = hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest()
                content["_file"] = f"{stem}.json"
                files[f"{stem}__json"] = body
    return Case(name, _zip(text(log), **files), session, "failed", "app_invalid_activation_code",
                (CODE,))  # fmt: skip


def _packed(name: str, how: object) -> Case:
    return case(name, chrome, _fails, "failed", "app_invalid_activation_code", CODE, pack=how)  # type: ignore[arg-type]  # a function from str to bytes


def _cut(name: str, share: float, *said: str, **more: object) -> Case:
    """The end of the upload is missing: before the activation's end, or behind it."""
    made = case(name, chrome, _fails, "unparseable", "har_truncated", *said, **more)  # type: ignore[arg-type]  # the keywords are Case's own fields
    return replace(made, data=made.data[: int(len(made.data) * share)])


def _unflagged(session: Session) -> list[Call]:
    """Base64 without a word about it: some recorders forget the flag."""
    return [activation(session, sent=packed(json.dumps(mutation(session)).encode()),
                       got=packed(answer(CODE).encode()))]  # fmt: skip


def _doubled(session: Session) -> list[Call]:
    twice = packed(gzip.compress(answer(CODE).encode()))
    return [activation(session, got=twice, answered=(("Content-Encoding", "gzip"),))]


NONE = {"attempts": "0", "status": None}
FILES: tuple[Case, ...] = (
    _coded("brotli", BROTLI_PAGE, BROTLI_ANSWER),
    _coded("zstd", ZSTD_PAGE, ZSTD_ANSWER),
    chrome_case("sync", _sync, "no_activation_attempt", "no_activation seatlink_sync_failed",
                **NONE),
    chrome_case("marketing", _marketing, "no_activation_attempt", "irrelevant no_activation",
                whole=True, keep=("about.gitlab.com", "/pricing/"), **NONE),
    chrome_case("portal", _portal, "no_activation_attempt", "irrelevant no_activation", **NONE),
    chrome_case("schema", _schema, "no_activation_attempt", "irrelevant no_activation", **NONE),
    chrome_case("license_file", _license_file, "no_activation_attempt",
                "irrelevant no_activation", **NONE),
    chrome_case("empty", lambda _session: [], "no_activation_attempt",
                "irrelevant no_activation har_malformed", whole=True, keep=(), **NONE),
    _attached("attached"),
    _packed("utf16", lambda log: log.encode("utf-16")),
    _packed("utf16_be", lambda log: b"\xfe\xff" + log.encode("utf-16-be")),
    _packed("bom", lambda log: b"\xef\xbb\xbf" + log.encode()),
    _packed("gz", lambda log: gzip.compress(log.encode())),
    _packed("gz_twice", lambda log: gzip.compress(gzip.compress(log.encode()))),
    _packed("zhar", lambda log: zlib.compress(log.encode())),
    _packed("mac_zip", lambda log: _zip(log, junk=True)),
    case("cut_gz", chrome, _fails, "unparseable", "har_truncated", CODE,
         pack=lambda log: gzip.compress(log.encode())[:-30]),
    case("cut_zip", chrome, _fails, "unparseable", "har_truncated", CODE,
         pack=lambda log: _zip(log)[:-110]),
    _packed("cut_contents", lambda log: _zip(log)[:-60]),
    chrome_case("unflagged", _unflagged, "failed", "app_invalid_activation_code", CODE),
    chrome_case("doubled", _doubled, "failed", "app_invalid_activation_code", CODE),
    _cut("cut_early", 0.4, attempts="0", status=None),
    _cut("cut_late", 0.97, CODE),
)  # fmt: skip
