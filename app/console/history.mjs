// What was sent from this browser, kept in this browser alone, without secrets and files.
import { Store } from "./store.mjs";

const KEPT = "plivo-connector.history";
const MOST = 100;
const MOST_TEXT = 4000;
// Subaccounts, subscriptions and endpoints come with theirs.
const SECRET = /("[^"]*(?:token|secret|password)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi;

/** Entries, newest first: {at, block, args, ok, code, status, milliseconds, answer} */
export const history = new Store(read());

function read() {
  try {
    const entries = JSON.parse(localStorage.getItem(KEPT));
    return Array.isArray(entries) ? entries.filter((entry) => typeof entry?.block === "string") : [];
  } catch {
    return [];
  }
}

function keep(entries) {
  history.set(entries);
  try {
    localStorage.setItem(KEPT, JSON.stringify(entries));
  } catch {
    // Full or forbidden: then it lasts as long as the page.
  }
}

export function remember(block, args, { ok, reply, status, seconds, text }) {
  const entry = {
    at: new Date().toISOString(),
    block,
    args,
    ok,
    code: ok ? "success" : String(reply?.status_code ?? "error"),
    status,
    milliseconds: Math.round(seconds * 1000),
    answer: text.replace(SECRET, '$1"(not kept)"').slice(0, MOST_TEXT),
  };
  keep([entry, ...history.value].slice(0, MOST));
}

export const forget = () => keep([]);
