// Something comes in from outside: a message or a call, to a number that is rented here.
import { call } from "../api.mjs";
import { Icon } from "../parts/icon.mjs";
import { go } from "../router.mjs";
import { html, useId, useState } from "../ui.mjs";
import { useOrders } from "./order.mjs";

const KINDS = {
  messages: { title: "A message comes in", icon: "message", does: "Receive it", id: "message_uuid" },
  calls: { title: "A call comes in", icon: "phone", does: "Let it ring", id: "call_uuid" },
};

export function Incoming({ kind, there, number }) {
  const { title, icon, does, id } = KINDS[kind];
  const label = useId();
  const [order, problem, isBusy] = useOrders();
  const [unlinked, tell] = useState("");
  const applications = [...there.application.values()];
  const [appId, link] = useState(applications[0]?.app_id);
  const numbers = [...there.number.values()];
  const first = numbers.find((each) => each.app_id) ?? numbers.at(-1);
  const [given, type] = useState({ from: "14155550177", to: number ?? first?.number, ...(kind === "messages" && { text: "Hello" }) });
  const set = (name) => (event) => type({ ...given, [name]: event.currentTarget.value });
  const send = async (event) => {
    event.preventDefault();
    if (!isLinked) {
      const { ok, reply } = await call("updateNumber", { number: given.to, appId });
      tell(ok ? "" : (reply?.hint ?? reply?.status_msg));
      if (!ok) return;
    }
    const reply = await order(`${kind}/inbound`, given);
    if (reply) go("sandbox", kind, reply[id]);
  };
  const isLinked = there.number.get(given.to)?.app_id;
  return html`<form class="card incoming" aria-labelledby=${label} onSubmit=${send}>
    <h2 id=${label} class="row"><${Icon} name=${icon} />${title}</h2>
    <div class="from-to">
      <label class="field"><span class="label">From</span><input inputmode="tel" value=${given.from} onInput=${set("from")} /></label>
      <label class="field"><span class="label">To</span>
        <select value=${given.to} onChange=${set("to")}>
          ${numbers.map((each) => html`<option key=${each.number} value=${each.number}>${each.number}${each.alias ? ` (${each.alias})` : ""}</option>`)}
        </select>
      </label>
    </div>
    ${kind === "messages" && html`<label class="field"><span class="label">Text</span><textarea rows="2" value=${given.text} onInput=${set("text")}></textarea></label>`}
    ${!isLinked && applications.length > 0 && html`<label class="field"><span class="label">Application</span>
      <select value=${appId} onChange=${(event) => link(event.currentTarget.value)}>
        ${applications.map(({ app_id, app_name }) => html`<option key=${app_id} value=${app_id}>${app_name}</option>`)}
      </select>
      <span class="info">This number has no application yet: the one chosen here will be linked to it.</span></label>`}
    ${(problem || unlinked) && html`<p class="problem" role="alert">${problem || unlinked}</p>`}
    <div class="row end">
      ${!isLinked && !applications.length
        ? html`<a class="button" href="#/blocks/createApplication">First create an application</a>`
        : html`<button class="main" disabled=${isBusy}>${does}</button>`}
    </div>
  </form>`;
}
