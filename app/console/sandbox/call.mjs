// One call: what can be done on its line now, and what happened on it.
import { Icon } from "../parts/icon.mjs";
import { to } from "../router.mjs";
import { classes, html, useState } from "../ui.mjs";
import { State } from "./activity.mjs";
import { Facts } from "./facts.mjs";
import { useOrders } from "./order.mjs";
import { duration } from "./times.mjs";
import { Timeline } from "./timeline.mjs";

export function Call({ record }) {
  const isInbound = record.call_direction === "inbound";
  const cause = record.hangup_cause_name && `${record.hangup_cause_name}, by ${record.hangup_source}`;
  const isOpen = record.orders.length > 0;
  return html`<article class=${classes("stack detail", isOpen && "has-line")}>
    <div class="row wrap">
      <h1>Call ${isInbound ? `from ${record.from_number}` : `to ${record.to_number}`}</h1>
      <span role="status"><${State} state=${record.call_state} /></span>
      ${record.answer_time && html`<span class="mono" aria-label="Duration">${duration(record.call_duration)}</span>`}
    </div>
    <${Facts} uuid=${record.call_uuid} facts=${{ From: record.from_number, To: record.to_number, Ended: cause, Cost: record.total_amount && `$${record.total_amount}` }} />
    ${record.parent_call_uuid && html`<p>Dialled by <a href=${to("sandbox", "calls", record.parent_call_uuid)}>another call</a>.</p>`}
    ${isOpen && html`<${Line} record=${record} isInbound=${isInbound} />`}
    <${Timeline} uuid=${record.call_uuid} turn=${`${record.call_state} ${record.steps}`} asks=${record.asks} />
  </article>`;
}

const KEYS = [..."123456789*0#"];
const WAITS = { dtmf: "The page waits for keys.", speech: "The page waits for words.", "dtmf speech": "The page waits for keys or words." };

/** The other side of the line, played by who watches. */
function Line({ record, isInbound }) {
  const [order, problem, isBusy] = useOrders();
  const [speech, type] = useState("");
  const act = (action, fields) => order(`calls/${encodeURIComponent(record.call_uuid)}/${action}`, fields);
  const press = (key) => act("digits", { digits: key });
  const can = (name) => record.orders.includes(name);
  const waits = WAITS[record.waits_for.split(" ").sort().join(" ")];
  const onKeyDown = (event) => {
    if (!KEYS.includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || !can("digits")) return;
    event.preventDefault();
    press(event.key);
  };
  const say = async (event) => {
    event.preventDefault();
    if (speech.trim() && (await act("speech", { speech: speech.trim() }))) type("");
  };
  return html`<section class=${classes("card line", waits && "is-waiting")} aria-label="The other side of the line">
    <h2>${isInbound ? "You are the caller" : "You are the person called"}</h2>
    <p role="status">${waits ?? (can("answer") ? "It rings." : "No page asks for input now; what you press is kept until one does.")}</p>
    <div class="keypad" role="group" aria-label="Keypad" onKeyDown=${onKeyDown}>
      ${KEYS.map((key) => html`<button type="button" key=${key} disabled=${!can("digits")} aria-label=${`Press ${key}`} onClick=${() => press(key)}>${key}</button>`)}
    </div>
    <form class="row tight" onSubmit=${say}>
      <input aria-label="Say something" placeholder="Say something" value=${speech} disabled=${!can("speech")} onInput=${(event) => type(event.currentTarget.value)} />
      <button disabled=${!can("speech") || isBusy}>Say</button>
    </form>
    <div class="hands">
      <button type="button" class="main" disabled=${!can("answer") || isBusy} onClick=${() => act("answer")}><${Icon} name="phone" />Answer</button>
      <button type="button" class="is-danger" disabled=${isBusy} onClick=${() => act("hangup")}><${Icon} name="close" />Hang up</button>
      ${!isInbound && html`<button type="button" disabled=${!can("machine") || isBusy} onClick=${() => act("machine")}>Be an answering machine</button>`}
    </div>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
  </section>`;
}
