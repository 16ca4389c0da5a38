// What goes wrong on order, and the clock: how one sees what happens in a bad hour, or in a month.
import { Dialog } from "../parts/dialog.mjs";
import { Icon } from "../parts/icon.mjs";
import { go } from "../router.mjs";
import { html, useEffect, useId, useState } from "../ui.mjs";
import { useOrders } from "./order.mjs";
import { span } from "./times.mjs";

const STAGES = {
  api: ["Requests to the sandbox", "What blocks and SDKs ask of it is answered late, or with the status."],
  callbacks: ["Requests that the sandbox makes", "Its calls to your addresses go out late, or are lost as if you had answered the status."],
};

export const Trouble = ({ there }) => html`<div class="stack">
  <h1>Faults and time</h1>
  <div class="pair">
    ${Object.keys(STAGES).map((stage) => html`<${Fault} key=${stage} stage=${stage} faults=${there.faults} />`)}
  </div>
  <div class="pair">
    <${Clock} ahead=${there.clock.ahead} />
    <${Reset} />
  </div>
</div>`;

function Fault({ stage, faults }) {
  const label = useId();
  const [order, problem, isBusy] = useOrders();
  const fault = faults[stage];
  const [title, says] = STAGES[stage];
  const [given, type] = useState({ status: 503, delay: 0, percent: 100 });
  useEffect(() => {
    if (fault) type({ status: fault.status ?? "", delay: fault.delay, percent: Math.round(fault.probability * 100) });
  }, [JSON.stringify(fault)]);
  const { [stage]: _, ...others } = faults;
  const set = (name) => (event) => type({ ...given, [name]: event.currentTarget.value });
  const start = (event) => {
    event.preventDefault();
    const status = given.status === "" ? null : Number(given.status);
    order("faults", { ...others, [stage]: { status, delay: Number(given.delay), probability: Number(given.percent) / 100 } });
  };
  return html`<form class="card" aria-labelledby=${label} onSubmit=${start}>
    <div class="row wrap between">
      <h2 id=${label}>${title}</h2>
      <span role="status">${fault && html`<span class="state is-bad">${told(fault)}</span>`}</span>
    </div>
    <p class="info">${says}</p>
    <div class="thirds">
      <label class="field"><span class="label">Status</span><input type="number" min="200" max="599" placeholder="none" value=${given.status} onInput=${set("status")} /></label>
      <label class="field"><span class="label">Delay, s</span><input type="number" min="0" max="60" step="any" required value=${given.delay} onInput=${set("delay")} /></label>
      <label class="field"><span class="label">Odds, %</span><input type="number" min="0" max="100" required value=${given.percent} onInput=${set("percent")} /></label>
    </div>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <div class="row end">
      ${fault && html`<button type="button" disabled=${isBusy} onClick=${() => order("faults", others)}>End it</button>`}
      <button class="main" disabled=${isBusy}>${fault ? "Change it" : "Break it"}</button>
    </div>
  </form>`;
}

const told = ({ status, delay, probability }) =>
  [status, delay > 0 && `${delay} s late`, probability < 1 && `${Math.round(probability * 100)} %`].filter(Boolean).join(", ") || "no effect";

const STEPS = [
  ["1 minute", 60],
  ["1 hour", 3600],
  ["1 day", 86400],
];

function Clock({ ahead }) {
  const [order, problem, isBusy] = useOrders();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return html`<section class="card" aria-label="Clock">
    <h2>The sandbox's clock</h2>
    <p class="clock">${new Date(Date.now() + ahead * 1000).toLocaleString()}</p>
    <p class="info" role="status">${ahead > 0 ? `${span(Math.round(ahead))} ahead of yours. Only a reset takes it back.` : "Moved on, whatever falls due happens in its order: reports are repeated, calls end, reviews are done."}</p>
    <div class="row wrap">
      ${STEPS.map(([label, seconds]) => html`<button type="button" key=${label} disabled=${isBusy} onClick=${() => order("time", { advance: seconds })}><${Icon} name="plus" />${label}</button>`)}
    </div>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
  </section>`;
}

function Reset() {
  const [isAsking, ask] = useState(false);
  const [order, problem, isBusy] = useOrders();
  const reset = async () => {
    if (!(await order("reset"))) return;
    ask(false);
    go("sandbox");
  };
  return html`<section class="card" aria-label="Reset">
    <h2>Begin anew</h2>
    <p class="info">The sandbox forgets everything: messages, calls, numbers, applications, faults, and how far its clock was moved.</p>
    <div class="row"><button type="button" onClick=${() => ask(true)}>Reset the sandbox</button></div>
    ${isAsking &&
    html`<${Dialog} title="Forget everything?" close=${() => ask(false)}>
      <div class="stack">
        <p>Everything that was made in this sandbox is gone then, for all who use it.</p>
        ${problem && html`<p class="problem" role="alert">${problem}</p>`}
        <div class="row end">
          <button type="button" onClick=${() => ask(false)}>Keep it</button>
          <button type="button" class="is-danger" disabled=${isBusy} onClick=${reset}>Reset</button>
        </div>
      </div>
    <//>`}
  </section>`;
}
