// Names with values; what is not there is left out.
import { Copy } from "../parts/copy.mjs";
import { html } from "../ui.mjs";

export const Facts = ({ facts, uuid }) => html`<dl class="facts">
  ${Object.entries(facts)
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
  ${uuid && html`<div><dt>UUID</dt><dd class="row tight wrap"><code>${uuid}</code><${Copy} text=${uuid} /></dd></div>`}
</dl>`;
