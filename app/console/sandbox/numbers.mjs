// The rented numbers, and the application that each is linked to.
import { call } from "../api.mjs";
import { Empty } from "../parts/states.mjs";
import { html, useState } from "../ui.mjs";
import { Facts } from "./facts.mjs";

export function Numbers({ there }) {
  const numbers = [...there.number.values()].reverse();
  const applications = [...there.application.values()].reverse();
  return html`<div class="stack">
    <div class="row wrap between">
      <h1>Numbers</h1>
      <a class="button" href="#/blocks/searchNewNumbers">Rent another</a>
    </div>
    ${numbers.length
      ? html`<ul class="rows">${numbers.map((number) => html`<${Rented} key=${number.number} number=${number} applications=${applications} />`)}</ul>`
      : html`<${Empty} isPart icon="phone" title="No number is rented"><p>Messages and calls come in to rented numbers.</p><//>`}
    <div class="row wrap between">
      <h2>Applications</h2>
      <a class="button" href="#/blocks/createApplication">Create one</a>
    </div>
    <p class="lead">An application says which addresses hear of what comes in to a number.</p>
    <ul class="rows">
      ${applications.map((each) => html`<li key=${each.app_id} class="stack tight">
        <strong>${each.app_name}</strong>
        <${Facts} facts=${{ "App ID": each.app_id, "Answer URL": each.answer_url, "Message URL": each.message_url, "Hangup URL": each.hangup_url, "Fallback URL": each.fallback_answer_url }} />
      </li>`)}
    </ul>
    ${!applications.length && html`<p class="note">There is none yet.</p>`}
  </div>`;
}

function Rented({ number, applications }) {
  const [problem, tell] = useState("");
  const link = async (event) => {
    const { ok, reply } = await call("updateNumber", { number: number.number, appId: event.currentTarget.value });
    tell(ok ? "" : reply?.hint ?? reply?.status_msg ?? "That did not work.");
  };
  const about = [number.alias, number.country, number.number_type, `$${number.monthly_rental_rate} a month`].filter(Boolean);
  return html`<li class="stack tight">
    <div class="row wrap between">
      <div><strong class="mono">${number.number}</strong> <span class="info">${about.join(" · ")}</span></div>
      <a class="button" href=${`#/sandbox?to=${number.number}`}>Let something come in</a>
    </div>
    <label class="row wrap">
      <span class="info">Application</span>
      <select class="short" value=${number.app_id ?? ""} onChange=${link}>
        ${!number.app_id && html`<option value="">None</option>`}
        ${applications.map(({ app_id, app_name }) => html`<option key=${app_id} value=${app_id}>${app_name}</option>`)}
      </select>
    </label>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
  </li>`;
}
