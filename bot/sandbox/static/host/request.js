// client.request: to this Zendesk with the agent's rights, to anybody else through the proxy.
const WRITTEN = "application/x-www-form-urlencoded; charset=UTF-8";

/** Returns {ok, args}: the arguments of the promise's resolution, as jQuery's ajax gives them. */
export async function request(app, options, token) {
  const wanted = typeof options === "string" ? { url: options } : options;
  const stop = new AbortController();
  const timer = wanted.timeout > 0 ? setTimeout(() => stop.abort(), wanted.timeout) : 0;
  try {
    const reply = await send(app, wanted, token, stop.signal);
    return finished(wanted, reply, await reply.text());
  } catch {
    const statusText = stop.signal.aborted ? "timeout" : "error";
    const shown = { readyState: 0, status: 0, statusText, responseText: "" };
    return { ok: false, args: [shown, statusText, ""] };
  } finally {
    clearTimeout(timer);
  }
}

function send(app, wanted, token, signal) {
  const { url, method, headers, body } = plain(wanted);
  const target = new URL(url, location.href);
  if (target.origin === location.origin) {
    const signed = { Accept: "application/json", ...headers, Authorization: `Bearer ${token}` };
    return fetch(target, { method, headers: signed, body, signal });
  }
  if (wanted.cors) return fetch(target, { method, headers, body, signal, credentials: "omit" });
  const { secure, jwt, timeout } = wanted;
  return fetch(`/desk/apps/${app.installationId}/request`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ url, method, headers, body, secure, jwt, timeout }),
    signal,
  });
}

/** Address, method, headers and body from jQuery's options. */
function plain({ url, type, method, data, contentType, headers, accepts }) {
  const verb = (method ?? type ?? "GET").toUpperCase();
  const text = data === undefined || data === null || typeof data === "string" ? data : String(new URLSearchParams(data));
  const sent = { ...headers };
  if (accepts?.json) sent.Accept = accepts.json;
  if (["GET", "HEAD"].includes(verb)) {
    const joined = text ? `${url}${url.includes("?") ? "&" : "?"}${text}` : url;
    return { url: joined, method: verb, headers: sent, body: undefined };
  }
  if (text && contentType !== false) sent["Content-Type"] = contentType ?? WRITTEN;
  return { url, method: verb, headers: sent, body: text ?? undefined };
}

function finished({ dataType, httpCompleteResponse }, reply, text) {
  const shown = { readyState: 4, status: reply.status, statusText: reply.statusText || "error", responseText: text };
  const headers = Object.fromEntries(reply.headers);
  const json = dataType === "json" || (!dataType && /\bjson\b/.test(reply.headers.get("content-type") ?? ""));
  let data = text;
  let broken = false;
  if (json) {
    try {
      data = shown.responseJSON = JSON.parse(text);
    } catch {
      broken = text !== "";
      data = undefined;
    }
  }
  // jQuery takes 304 for a success without data, and broken JSON for a failure with status 200.
  const fine = reply.ok || reply.status === 304;
  if (!fine) return { ok: false, args: [shown, "error", shown.statusText] };
  if (broken) return { ok: false, args: [shown, "parsererror", "parsererror"] };
  return { ok: true, args: httpCompleteResponse ? [{ ...shown, responseHeaders: headers }] : [data, "success", shown] };
}
