// The events of a subscription as they come, newest first, each with its delivery.
import { call } from "../api.mjs";
import { parse } from "../json.mjs";
import { follow } from "../stream.mjs";
import { html, useEffect, useRef, useState } from "../ui.mjs";
import { Icon } from "./icon.mjs";
import { JsonTree } from "./json_tree.mjs";
import { Empty } from "./states.mjs";

const KEPT = 500;
const LOOKED_AT = 100;
const LOOK_EVERY = 3000;
const STATES = { delivered: "is-good", dead: "is-bad", pending: "is-waiting" };

export function EventList({ subscription, isDelivered }) {
  const [events, setEvents] = useState([]);
  const [line, tellLine] = useState("");
  const [deliveries, setDeliveries] = useState(new Map());
  const [text, type] = useState("");
  const [state, choose] = useState("");
  const [said, say] = useState("");
  const newest = useRef(0);

  const look = async () => {
    if (!isDelivered || !newest.current) return;
    const after = Math.max(0, newest.current - LOOKED_AT);
    const { ok, reply } = await call("getDeliveries", { subscriptionId: subscription, after, limit: LOOKED_AT });
    if (ok) setDeliveries(new Map(reply.deliveries.map((delivery) => [delivery.event_id, delivery])));
  };

  useEffect(() => {
    const stop = new AbortController();
    let waiting = [];
    let timer = null;
    const show = () => {
      timer = null;
      const come = waiting.reverse();
      waiting = [];
      setEvents((before) => [...come, ...before].slice(0, KEPT));
      look();
    };
    follow(`/api/Plivo/events/stream?subscription=${encodeURIComponent(subscription)}`, {
      signal: stop.signal,
      told: (now) => tellLine(now === "lost" ? "The connection was lost. Connecting again …" : now.refused ?? ""),
      tell: ({ data }) => {
        const event = parse(data);
        newest.current = Math.max(newest.current, Number(event.sequence));
        waiting.push(event);
        timer ??= setTimeout(show, 100);
      },
    });
    const every = setInterval(look, LOOK_EVERY);
    return () => (stop.abort(), clearInterval(every), clearTimeout(timer));
  }, [subscription]);

  const replay = async (which) => {
    const { ok, reply } = await call("replayEvents", { subscriptionId: subscription, ...which });
    say(ok ? `${reply.replayed} put back into the queue` : reply?.hint ?? reply?.status_msg);
    look();
  };
  const wanted = text.trim().toLowerCase();
  const shown = events.filter(
    (event) =>
      (!wanted || JSON.stringify(event).toLowerCase().includes(wanted)) &&
      (!state || deliveries.get(event.id)?.state === state),
  );
  return html`<section class="stack" aria-label="Events">
    <div class="row wrap">
      <input type="search" aria-label="Find in the events" placeholder="Find a type, a number, a text" value=${text} onInput=${(event) => type(event.currentTarget.value)} />
      ${isDelivered &&
      html`<select aria-label="State of the delivery" value=${state} onChange=${(event) => choose(event.currentTarget.value)}>
          <option value="">All</option>
          ${Object.keys(STATES).map((each) => html`<option value=${each}>${each}</option>`)}
        </select>
        <button type="button" onClick=${() => replay({})}><${Icon} name="again" />Replay all dead</button>`}
    </div>
    <p class="info" role="status">${said || line || `${shown.length} of ${events.length} shown; new ones appear by themselves`}</p>
    ${events.length === 0
      ? html`<${Empty} isPart icon="live" title="No events yet"><p>Events appear here the moment Plivo sends them. Use the address that Plivo calls as the <code>url</code> of a message, or attach the subscription to a number.</p><//>`
      : html`<ul class="rows">${shown.map((event) => html`<${Event} key=${event.id} event=${event} delivery=${deliveries.get(event.id)} replay=${isDelivered && (() => replay({ eventId: event.id }))} />`)}</ul>`}
  </section>`;
}

function Event({ event, delivery, replay }) {
  const [isOpen, open] = useState(false);
  const { from_number: from, to_number: goal } = event.data ?? {};
  return html`<li>
    <details onToggle=${(toggled) => open(toggled.currentTarget.open)}>
      <summary>
        <strong>${event.type}</strong>
        ${from && html`<span class="dim">${from} → ${goal}</span>`}
        ${delivery && html`<span class=${`state ${STATES[delivery.state] ?? ""}`}>${delivery.state}${delivery.attempts > 1 ? ` after ${delivery.attempts} attempts` : ""}</span>`}
        <time datetime=${event.occurred_at}>${new Date(event.occurred_at).toLocaleTimeString()}</time>
      </summary>
      ${isOpen &&
      html`
        ${delivery && html`<${Delivery} delivery=${delivery} />`}
        ${replay && html`<div><button type="button" class="small" onClick=${replay}><${Icon} name="again" />Deliver again</button></div>`}
        <${JsonTree} value=${event.data} label="What it says" />
        <details><summary>As Plivo sent it</summary><${JsonTree} value=${event.raw} label="As Plivo sent it" /></details>
        <p class="info"><code>${event.id}</code></p>
      `}
    </details>
  </li>`;
}

const Delivery = ({ delivery: { attempts, http_status, error, last_attempt_at, next_attempt_at } }) => html`<dl class="facts">
  <div><dt>Attempts</dt><dd>${attempts}</dd></div>
  ${last_attempt_at && html`<div><dt>Last</dt><dd>${new Date(last_attempt_at).toLocaleString()}</dd></div>`}
  ${http_status && html`<div><dt>Answered</dt><dd>HTTP ${http_status}</dd></div>`}
  ${error && html`<div><dt>Why</dt><dd>${error}</dd></div>`}
  ${next_attempt_at && html`<div><dt>Next</dt><dd>${new Date(next_attempt_at).toLocaleString()}</dd></div>`}
</dl>`;
