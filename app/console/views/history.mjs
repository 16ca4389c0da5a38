// What was sent from this browser.
import { forget, history } from "../history.mjs";
import { formLink } from "../links.mjs";
import { Icon } from "../parts/icon.mjs";
import { Empty } from "../parts/states.mjs";
import { useStore } from "../store.mjs";
import { html, useState } from "../ui.mjs";

export default function History() {
  const entries = useStore(history);
  const [text, type] = useState("");
  const wanted = text.trim().toLowerCase();
  const shown = entries.filter((entry) => JSON.stringify([entry.block, entry.args, entry.code]).toLowerCase().includes(wanted));
  return html`<div class="page">
    <header class="title">
      <div class="row wrap between">
        <h1>History</h1>
        ${entries.length > 0 && html`<button type="button" onClick=${() => confirm("Forget everything that was sent from this browser?") && forget()}>Clear</button>`}
      </div>
      <p class="lead">The last requests from this browser. They are kept here alone, without secrets and files.</p>
    </header>
    ${entries.length === 0
      ? html`<${Empty} isPart icon="history" title="Nothing was sent yet"><p>What you send is listed here, to be sent again or changed.</p><a class="button" href="#/blocks/sendMessage">Send a message</a><//>`
      : html`<input type="search" aria-label="Find in the history" placeholder="Find a block, a number, a text" value=${text} onInput=${(event) => type(event.currentTarget.value)} />
          <ul class="rows">${shown.map((entry) => html`<${Entry} key=${entry.at} entry=${entry} />`)}</ul>
          ${shown.length === 0 && html`<p class="note">Nothing fits.</p>`}`}
  </div>`;
}

function Entry({ entry }) {
  return html`<li>
    <details>
      <summary>
        <span class=${`state ${entry.ok ? "is-good" : "is-bad"}`}>${entry.code}</span>
        <strong>${entry.block}</strong>
        <time datetime=${entry.at}>${new Date(entry.at).toLocaleString()}</time>
        <span class="dim">${entry.milliseconds} ms</span>
      </summary>
      <pre tabindex="0" role="group" aria-label="Fields">${JSON.stringify(entry.args, null, 2)}</pre>
      <pre tabindex="0" role="group" aria-label="Answer">${entry.answer}</pre>
      <a class="button" href=${formLink(entry.block, entry.args ?? {})}><${Icon} name="again" />Open in the form</a>
    </details>
  </li>`;
}
