"""A small imitation of the product's subscription page, for recordings in a real browser."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, redirect, request
from werkzeug.serving import make_server

from tests.evidence.har_samples import QUERY, Secrets, html_page, ok, refused

_SCRIPT = """
const csrf = document.querySelector('meta[name=csrf-token]').content;
async function activate(code, how) {
  const op = {operationName: 'activateSubscription', query: QUERY,
              variables: {gitlabSubscriptionActivateInput: {activationCode: code}}};
  const form = new FormData();
  form.append('operations', JSON.stringify(op));
  form.append('authenticity_token', csrf);
  form.append('license[data_file]', new Blob([LICENSE]), 'acme.gitlab-license');
  const url = '/api/graphql?how=' + how;
  const headers = {'X-CSRF-Token': csrf, 'Content-Type': 'application/json'};
  try {
    const asked = new URLSearchParams({query: QUERY, variables: JSON.stringify(op.variables)});
    const answer = how === 'multipart' ? await fetch(url, {method: 'POST', body: form})
      : how === 'get' ? await fetch(url + '&' + asked)
      : await fetch(url, {method: 'POST', headers, body: JSON.stringify([op])});
    await answer.text();
  } catch (error) { document.title = 'failed for ' + code; }
  document.body.dataset.done = how;
}
"""


class Page:
    """The server's secrets and what it answers."""

    def __init__(self, seed: int) -> None:
        self.secrets = Secrets(seed)
        self.session, self.remember = self.secrets.hex(), self.secrets.signed()
        self.csrf, self.feed = self.secrets.base64(66), self.secrets.prefixed("glft-")
        self.license = self.secrets.license()
        self.app = Flask("subscription")
        self.app.add_url_rule("/users/sign_in", view_func=self.sign_in, methods=["GET", "POST"])
        self.app.add_url_rule("/admin/subscription", view_func=self.show)
        self.app.add_url_rule("/api/graphql", view_func=self.answer, methods=["GET", "POST"])

    def sign_in(self) -> Response:
        page = Response("<title>Sign in</title><form></form>", mimetype="text/html")
        if request.method == "POST":
            page = redirect("/admin/subscription")  # type: ignore[assignment]  # werkzeug's own
            page.set_cookie("_gitlab_session", self.session, httponly=True)
            page.set_cookie("remember_user_token", self.remember.replace("+", "%2B"))
        return page

    def show(self) -> str:
        constants = f"const QUERY={json.dumps(QUERY)}, LICENSE={json.dumps(self.license)};"
        return html_page(self.csrf, self.feed) + f"<script>{constants}{_SCRIPT}</script>"

    def answer(self) -> Response:
        how = request.args.get("how", "")
        if how == "502":
            page = "<html><head><title>502 Bad Gateway</title></head></html>"
            return Response(page, 502, mimetype="text/html")
        if how == "signed_out":
            return redirect("/users/sign_in", 302)  # type: ignore[return-value]  # werkzeug's own
        if how == "reset":
            raise ConnectionResetError
        body = ok() if how == "ok" else refused("Your subscription cannot be located")
        return Response(body, mimetype="application/json")


@contextmanager
def served(page: Page) -> Iterator[str]:
    """Serve the page on a free port of the loopback; yield its address."""
    server = make_server("127.0.0.1", 0, page.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
