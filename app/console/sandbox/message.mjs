// One message: what it says, what it takes, what became of it.
import { html } from "../ui.mjs";
import { State } from "./activity.mjs";
import { Facts } from "./facts.mjs";
import { Time } from "./times.mjs";
import { Timeline } from "./timeline.mjs";

const KINDS = { sms: "SMS", mms: "MMS", whatsapp: "WhatsApp message" };
const COURSE = ["queued", "sent", "delivered"];

export function Message({ record }) {
  const isInbound = record.message_direction === "inbound";
  const kind = KINDS[record.message_type] ?? "Message";
  return html`<article class="stack detail">
    <div class="row wrap">
      <h1>${kind} ${isInbound ? `from ${record.from_number}` : `to ${record.to_number}`}</h1>
      <span role="status"><${State} state=${record.message_state} /></span>
    </div>
    ${!isInbound && html`<${Course} states=${record.states} />`}
    ${record.text && html`<blockquote class="text" dir="auto">${record.text}</blockquote>`}
    ${isInbound && record.message_state === "undelivered" && html`<p class="callout is-danger">It came in, but its application never took it: no request to its message URL was answered with 2xx.</p>`}
    ${record.error_message && html`<p class="callout is-danger">${record.error_message} (Plivo's error ${record.error_code})</p>`}
    <${Facts}
      uuid=${record.message_uuid}
      facts=${{
        From: record.from_number,
        To: record.to_number,
        Encoding: record.encoding,
        [record.message_type === "sms" ? "Parts" : "Units"]: record.units,
        Media: record.media || null,
        Cost: isInbound ? "free" : `$${record.total_amount}`,
        Powerpack: record.powerpack_id,
      }}
    />
    <${Timeline} uuid=${record.message_uuid} turn=${`${record.message_state} ${record.steps}`} asks=${record.asks} />
  </article>`;
}

/** Where it is on its way. */
function Course({ states }) {
  const reached = states.map(({ step }) => step);
  const to_come = reached.some((state) => !COURSE.includes(state)) ? [] : COURSE.filter((state) => !reached.includes(state));
  return html`<ol class="course" aria-label="States">
    ${states.map(({ step, at }) => html`<li key=${step} class=${COURSE.includes(step) ? "is-reached" : "is-bad"}>${step} <${Time} at=${at} isExact /></li>`)}
    ${to_come.map((state) => html`<li key=${state} class="dim">${state}</li>`)}
  </ol>`;
}
