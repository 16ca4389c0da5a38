// What comes of a form: Plivo's reply, the request that goes to Plivo, and the code that does the same.
import { Secret, withVariables } from "../args.mjs";
import { LANGUAGES } from "../code.mjs";
import { pretty } from "../json.mjs";
import { html, useEffect, useRef, useState } from "../ui.mjs";
import { Copy } from "./copy.mjs";
import { JsonTree } from "./json_tree.mjs";
import { Tabs } from "./tabs.mjs";

export function Outcome({ block, args, result, preview, fetches, account, isSending, example }) {
  const [tab, choose] = useState("request");
  const section = useRef();
  useEffect(() => {
    if (!result) return;
    choose("reply");
    // Below the form on a narrow screen: who sent it wants to see what came of it, unless a field is to be mended.
    const isBelow = section.current.getBoundingClientRect().top > innerHeight - 100;
    if (isBelow && !result.reply?.fields) section.current.scrollIntoView({ block: "start" });
  }, [result]);
  const tabs = [["reply", "Reply"], ["request", "Request to Plivo"], ["code", "Code"]];
  return html`<section class="outcome" ref=${section} aria-label="What comes of it">
    <${Tabs} label="What comes of it" tabs=${tabs} chosen=${tab} choose=${choose}>
      ${tab === "reply" && html`<${Reply} result=${result} isSending=${isSending} example=${example} account=${account} />`}
      ${tab === "request" && html`<${Request} preview=${preview} fetches=${fetches} account=${account} />`}
      ${tab === "code" && html`<${Code} block=${block} args=${args} account=${account} />`}
    <//>
  </section>`;
}

function Reply({ result, isSending, example, account }) {
  const status = isSending ? "Waiting for the answer" : result ? (result.ok ? "Done" : "It did not work") : "";
  return html`
    <p class="sr-only" role="status">${status}</p>
    ${isSending && html`<progress class="thin" aria-label="Waiting for the answer"></progress>`}
    ${result
      ? html`<${Answer} result=${result} account=${account} />`
      : html`<div class="hint">
          <p>Nothing was sent yet. ${example ? "A reply will look like this:" : ""}</p>
          ${example && html`<${JsonTree} value=${example} label="Example of a reply" />`}
        </div>`}
  `;
}

export function Answer({ result, account }) {
  const { ok, reply, status, seconds, text } = result;
  const ids = ok && account.sandbox ? madeIn(reply) : [];
  return html`
    <div class="row wrap between">
      <span class=${`state ${ok ? "is-good" : "is-bad"}`}>${ok ? "Success" : reply?.status_code ?? "Error"}</span>
      <span class="dim">${status ? `HTTP ${status} · ` : ""}${Math.round(seconds * 1000)} ms</span>
    </div>
    ${!ok && reply?.status_msg && html`<p class="says">${typeof reply.status_msg === "string" ? reply.status_msg : pretty(reply.status_msg)}</p>`}
    ${!ok && reply?.hint && html`<p class="callout is-sandbox">${reply.hint}</p>`}
    ${ids.map(([kind, id]) => html`<p><a href=${`#/sandbox/${kind}/${encodeURIComponent(id)}`}>Watch this ${kind === "calls" ? "call" : "message"} in the sandbox</a></p>`)}
    ${ok && typeof reply?.events_url === "string" && html`<p><a href=${`#/events/${encodeURIComponent(reply.subscription_id)}`}>Watch what comes in for this subscription</a></p>`}
    <${JsonTree} value=${reply} label="Reply" />
    <div class="row end"><${Copy} text=${text} label="Copy as it came" /></div>
  `;
}

/** What a reply of the sandbox has made, so that it can be watched. */
function madeIn(reply) {
  if (typeof reply?.request_uuid === "string") return [["calls", reply.request_uuid]];
  const [uuid] = Array.isArray(reply?.message_uuid) ? reply.message_uuid : [];
  return typeof uuid === "string" ? [["messages", uuid]] : [];
}

function Request({ preview, fetches, account }) {
  if (!account.isSignedIn) return html`<p class="hint">With your credentials typed in, the request to Plivo stands here while you type.</p>`;
  if (fetches) return html`<p class="hint">The file is fetched when you send, not before: so the request is not shown here.</p>`;
  if (!preview) return html`<p class="hint" role="status">Looking …</p>`;
  if (!preview.ok) {
    const { reply } = preview;
    return html`<div class="hint">
      <p>${reply?.hint ?? reply?.status_msg ?? "This cannot be sent yet."}</p>
      ${Object.entries(reply?.errors ?? {}).map(([name, reason]) => html`<p><code>${name}</code> ${reason}</p>`)}
    </div>`;
  }
  const { request, preview: count } = preview.reply;
  if (!request) return html`<${JsonTree} value=${preview.reply} label="What is done here" />`;
  return html`
    <p class="request-line"><strong>${request.method}</strong> <span>${request.url}</span></p>
    ${count && html`<${Count} count=${count} />`}
    <pre tabindex="0" role="group" aria-label="Headers">${Object.entries(request.headers ?? {}).map(([name, value]) => `${name}: ${value}\n`).join("")}</pre>
    ${request.body !== undefined && html`<${JsonTree} value=${request.body} label="Body" />`}
    ${request.parts && html`<${JsonTree} value=${request.parts} label="Parts of the form" />`}
  `;
}

const Count = ({ count }) => html`<p class="callout">
  ${count.encoding}: ${count.characters} characters in ${count.segments} part${count.segments === 1 ? "" : "s"}, for
  ${" "}${count.destinations} recipient${count.destinations === 1 ? "" : "s"}: <strong>${count.messages} to pay</strong>
</p>`;

function Code({ block, args, account }) {
  const [language, choose] = useState("curl");
  const shown = withVariables(block, args);
  const code = LANGUAGES[language](`${location.origin}/api/Plivo/${block.name}`, shown, account);
  return html`
    <div class="row wrap between">
      <div class="segments" role="group" aria-label="Language">
        ${Object.keys(LANGUAGES).map((name) => html`<button type="button" aria-pressed=${name === language} onClick=${() => choose(name)}>${name}</button>`)}
      </div>
      <${Copy} text=${code} />
    </div>
    <pre tabindex="0" role="group" aria-label=${`${language}, code`}>${code}</pre>
    ${language === "n8n" && html`<p class="info">Copy it, click on the canvas of a workflow, and paste. Then choose a credential of the kind Basic Auth.</p>`}
    ${Object.entries(shown)
      .filter(([, value]) => value instanceof Secret)
      .map(([name, { variable }]) => html`<p class="info">
        ${language === "n8n" ? html`Put the <code>${name}</code> where <code>${`<${variable}>`}</code> stands.` : html`The <code>${name}</code> is not shown here: it is read from the environment, as <code>${variable}</code>.`}
      </p>`)}
  `;
}
