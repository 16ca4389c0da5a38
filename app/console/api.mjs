// Asking the connector. What it answers is an envelope; here it becomes {ok, reply, text, status, seconds}.
import { parse } from "./json.mjs";
import { manifest } from "./manifest.mjs";
import { authorization } from "./session.mjs";

/** Run a block. Args that hold files travel as a form, all others as JSON. */
export function call(block, args, { signal } = {}) {
  const onlyReads = args.dryRun || manifest.value?.byName?.get(block)?.readOnly;
  return send(`/api/Plivo/${encodeURIComponent(block)}`, args, { signal, onlyReads });
}

/** Choices for a field. */
export const options = (block, arg, args, more) =>
  send(`/api/Plivo/${encodeURIComponent(block)}/options/${encodeURIComponent(arg)}`, args, { ...more, onlyReads: true });

async function send(address, args, { signal, onlyReads }) {
  const started = performance.now();
  let response, text;
  try {
    response = await fetch(address, { method: "POST", signal, ...content(args) });
    text = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return unreachable(started, onlyReads);
  }
  const seconds = (performance.now() - started) / 1000;
  return { ...opened(text), text, status: response.status, seconds };
}

/** Take an envelope apart. */
export function opened(text) {
  let envelope;
  try {
    envelope = parse(text);
  } catch {
    return { ok: false, reply: { status_code: "NO_ENVELOPE", status_msg: text.slice(0, 500) } };
  }
  const [reply] = Object.values(envelope?.contextWrites ?? {});
  return { ok: envelope?.callback === "success", reply };
}

function unreachable(started, onlyReads) {
  const reply = {
    status_code: "NO_ANSWER",
    status_msg: `The connector did not answer. Is it still running?${onlyReads ? "" : " It is not known whether the request was carried out."}`,
  };
  return { ok: false, reply, text: "", status: 0, seconds: (performance.now() - started) / 1000 };
}

function content(args) {
  const files = Object.entries(args).flatMap(([name, value]) => filesIn(value).map((file) => [name, file]));
  if (!files.length) {
    return { headers: { ...authorization(), "Content-Type": "application/json" }, body: JSON.stringify(args) };
  }
  const form = new FormData();
  const names = new Set(files.map(([name]) => name));
  const rest = Object.fromEntries(Object.entries(args).filter(([name]) => !names.has(name)));
  form.append("args", JSON.stringify(rest));
  for (const [name, file] of files) form.append(name, file);
  return { headers: authorization(), body: form };
}

function filesIn(value) {
  return (Array.isArray(value) ? value : [value]).filter((each) => each instanceof File);
}

/** Order something of the sandbox, or ask it: {ok, status, reply}. */
export async function sandbox(path, order) {
  const asks = order === undefined;
  const headers = { ...authorization(), ...(asks ? {} : { "Content-Type": "application/json" }) };
  try {
    const response = await fetch(`/sandbox/${path}`, {
      method: asks ? "GET" : "POST",
      headers,
      credentials: "omit", // or the browser asks for a password itself
      body: asks ? undefined : JSON.stringify(order),
    });
    const text = await response.text();
    let reply;
    try {
      reply = parse(text);
    } catch {
      reply = { error: text };
    }
    return { ok: response.ok, status: response.status, reply };
  } catch {
    return { ok: false, status: 0, reply: { error: "The connector did not answer. Is it still running?" } };
  }
}
