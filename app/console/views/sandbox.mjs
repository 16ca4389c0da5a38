// The embedded Plivo, watched live: what was sent and called on one side, what happened to each on the other.
import { Icon } from "../parts/icon.mjs";
import { Empty, Loading } from "../parts/states.mjs";
import { to } from "../router.mjs";
import { credentials, useAccount } from "../session.mjs";
import { Activity } from "../sandbox/activity.mjs";
import { Call } from "../sandbox/call.mjs";
import { Message } from "../sandbox/message.mjs";
import { Numbers } from "../sandbox/numbers.mjs";
import { Overview } from "../sandbox/overview.mjs";
import { span } from "../sandbox/times.mjs";
import { Trouble } from "../sandbox/trouble.mjs";
import { sandbox, watch } from "../sandbox/watch.mjs";
import { useStore } from "../store.mjs";
import { classes, html, useEffect, useState } from "../ui.mjs";

// Styles that nothing else needs, fetched before the view is shown.
document.head.insertAdjacentHTML("beforeend", '<link rel="stylesheet" href="/console/sandbox.css">');
const styles = document.head.lastElementChild;
await new Promise((done) => (styles.onload = styles.onerror = done));

const PLACES = [
  ["", "Overview", Overview],
  ["numbers", "Numbers", Numbers],
  ["faults", "Faults and time", Trouble],
];
const KINDS = { messages: ["message", Message], calls: ["call", Call] };

export default function Sandbox({ path }) {
  const account = useAccount();
  const there = useStore(sandbox);
  useEffect(() => (account.sandbox ? watch() : undefined), [useStore(credentials), account.sandbox]);
  const [place = "", uuid] = path;
  if (!account.sandbox) {
    return html`<${Empty} icon="live" title="There is no sandbox here">
      <p>This connector talks to the real Plivo. Started with <code>SANDBOX=true</code> it has one of its own.</p><//>`;
  }
  return html`<div class=${classes("split live", place && "has-choice")}>
    <${Activity} there=${there} chosen=${uuid} />
    <div class="content">
      ${place && html`<a class="back" href="#/sandbox"><${Icon} name="back" />All messages and calls</a>`}
      <header class="row wrap between">
        <nav class="segments" aria-label="Sandbox">
          ${PLACES.map(([name, label]) => html`<a key=${name} href=${to("sandbox", ...(name ? [name] : []))} aria-current=${name === place ? "page" : null}>${label}</a>`)}
        </nav>
        <${Changed} there=${there} />
      </header>
      ${there.says && there.isKnown && html`<p class="callout is-danger" role="alert">${there.says}</p>`}
      ${there.says && !there.isKnown && html`<${Empty} icon="warning" title="Not connected"><p role="alert">${there.says}</p><//>`}
      ${there.isKnown ? html`<${Shown} key=${`${place}/${uuid}`} there=${there} place=${place} uuid=${uuid} />` : !there.says && html`<${Loading} />`}
    </div>
  </div>`;
}

/** What makes this sandbox other than usual. */
function Changed({ there: { faults, clock } }) {
  const broken = Object.keys(faults).length;
  return (
    (broken > 0 || clock.ahead > 0) &&
    html`<a class="row tight" href="#/sandbox/faults">
      ${broken > 0 && html`<span class="state is-bad">${broken === 1 ? "A fault is" : `${broken} faults are`} on</span>`}
      ${clock.ahead > 0 && html`<span class="state is-waiting">Clock ${span(Math.round(clock.ahead))} ahead</span>`}
    </a>`
  );
}

/** What was made a moment ago is told a moment later: only then it is missed. */
function Missing({ kind, uuid }) {
  const [isLate, wait] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => wait(true), 2000);
    return () => clearTimeout(timer);
  }, []);
  if (!isLate) return html`<${Loading} />`;
  return html`<${Empty} icon="search" title=${`This ${kind} is not here`}>
    <p>The sandbox keeps no ${kind} <code>${uuid}</code> among its newest 200, or it was reset.</p>
    <a class="button" href="#/sandbox">All messages and calls</a><//>`;
}

function Shown({ there, place, uuid }) {
  if (KINDS[place] && uuid) {
    const [kind, Detail] = KINDS[place];
    const record = there[kind].get(uuid);
    return record ? html`<${Detail} record=${record} />` : html`<${Missing} kind=${kind} uuid=${uuid} />`;
  }
  const [, , View] = PLACES.find(([name]) => name === place) ?? PLACES[0];
  return html`<${View} there=${there} />`;
}
