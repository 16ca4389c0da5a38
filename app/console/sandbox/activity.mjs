// All messages and calls, the newest first, to be found and chosen.
import { Icon } from "../parts/icon.mjs";
import { useSlash } from "../parts/slash.mjs";
import { to } from "../router.mjs";
import { html, useEffect, useMemo, useRef, useState } from "../ui.mjs";
import { duration, Time } from "./times.mjs";

const FILTERS = { all: "All", message: "Messages", call: "Calls" };

export function Activity({ there, chosen }) {
  const [text, type] = useState("");
  const [filter, choose] = useState("all");
  const input = useRef();
  useSlash(input);
  const items = useMemo(() => listed(there), [there]);
  const wanted = text.trim().toLowerCase();
  const shown = items.filter((item) => (filter === "all" || item.kind === filter) && item.found.includes(wanted));
  return html`<aside class="finder" aria-label="Activity">
    <div>
      <div class="search">
        <${Icon} name="search" />
        <input ref=${input} type="search" aria-label="Find a message or call" placeholder="Number, text, state, UUID" value=${text} onInput=${(event) => type(event.currentTarget.value)} />
        <kbd aria-hidden="true">/</kbd>
      </div>
      <div class="row between filters">
        <div class="segments" role="group" aria-label="Kind">
          ${Object.entries(FILTERS).map(([kind, label]) => html`<button type="button" key=${kind} aria-pressed=${kind === filter} onClick=${() => choose(kind)}>${label}</button>`)}
        </div>
        <span class="connection" data-live=${there.isKnown && !there.says} role="status">${there.says ? "Not connected" : there.isKnown ? "Live" : "Connecting"}</span>
      </div>
    </div>
    <${Told} items=${items} isKnown=${there.isKnown} />
    <nav aria-label="Messages and calls" onKeyDown=${move}>
      ${shown.length
        ? html`<ul>${shown.map((item) => html`<${Item} key=${item.uuid} ...${item} isChosen=${item.uuid === chosen} />`)}</ul>`
        : there.isKnown && html`<${Nothing} isEmpty=${!items.length} filter=${filter} />`}
    </nav>
  </aside>`;
}

const Nothing = ({ isEmpty, filter }) =>
  isEmpty || filter !== "all"
    ? html`<div class="note stack tight">
        <p>${filter === "call" ? "No calls yet." : filter === "message" ? "No messages yet." : "Nothing has happened yet."} It is listed here the moment that it does.</p>
        ${filter !== "call" && html`<a href="#/blocks/sendMessage">Send a message</a>`}
        ${filter !== "message" && html`<a href="#/blocks/makeCall">Make a call</a>`}
      </div>`
    : html`<p class="note">Nothing fits.</p>`;

/** Say to who does not see it what has come. */
function Told({ items, isKnown }) {
  const before = useRef(null);
  const [said, say] = useState("");
  useEffect(() => {
    if (!isKnown) return;
    const fresh = before.current ? items.filter(({ uuid }) => !before.current.has(uuid)) : [];
    before.current = new Set(items.map(({ uuid }) => uuid));
    if (fresh.length) say(fresh.length > 1 ? `${fresh.length} new` : `New ${fresh[0].kind} ${fresh[0].peer}`);
  }, [items, isKnown]);
  return html`<p class="sr-only" role="status">${said}</p>`;
}

/** Arrow keys go from one to the next. */
function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = [...event.currentTarget.querySelectorAll("li a")];
  const next = step && links[links.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

export function listed({ message, call }) {
  const items = [
    ...[...message.values()].map((record) => ({
      kind: "message",
      uuid: record.message_uuid,
      at: record.message_time,
      state: record.message_state,
      says: record.text || (record.media ? "Media" : "No text"),
      peer: peer(record, record.message_direction),
    })),
    ...[...call.values()].map((record) => ({
      kind: "call",
      uuid: record.call_uuid,
      at: record.initiation_time,
      state: record.call_state,
      says: record.waits_for ? "Waits for input" : record.answer_time ? duration(record.call_duration) : "Not answered",
      peer: peer(record, record.call_direction),
    })),
  ];
  for (const item of items) item.found = [item.peer, item.says, item.state, item.uuid].join(" ").toLowerCase();
  // What came in the same millisecond stays in the order it came.
  return items.reverse().sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

const peer = ({ from_number, to_number }, direction) =>
  direction === "inbound" ? `from ${from_number}` : `to ${to_number}`;

const Item = ({ kind, uuid, at, state, says, peer, isChosen }) => html`<li>
  <a class="item" href=${to("sandbox", `${kind}s`, uuid)} aria-current=${isChosen ? "page" : null}>
    <${Icon} name=${kind === "call" ? "phone" : "message"} />
    <span class="sr-only">${kind}</span>
    <strong>${peer}</strong>
    <${Time} at=${at} />
    <span class="snippet">${says}</span>
    <${State} state=${state} />
  </a>
</li>`;

const GOOD = ["received", "delivered", "completed", "in-progress"];
const WAITING = ["queued", "sent", "ringing"];

export const State = ({ state }) =>
  html`<span class=${`state is-${GOOD.includes(state) ? "good" : WAITING.includes(state) ? "waiting" : "bad"}`}>${state}</span>`;
