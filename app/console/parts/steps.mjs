// The editor of answers: what a call does, step by step, with the XML that comes of it beside it.
import { call } from "../api.mjs";
import { classes, html, useEffect, useRef, useState } from "../ui.mjs";
import { indented } from "../xml.mjs";
import { Chips } from "./chips.mjs";
import { Choice } from "./choice.mjs";
import { Icon } from "./icon.mjs";

let described;

/** The steps that there are, described by the connector; asked for once. */
const describe = () => (described ??= fetch("/console/steps.json").then((response) => response.json()));

const FIRST = ["speak", "gather", "play", "forward", "voicemail", "record", "hangup"];
const BLANK = { text: "", steps: [], numbers: [], flag: true };

export function Steps({ value, change, vars }) {
  const [steps, know] = useState(null);
  const [isText, showText] = useState(false);
  useEffect(() => void describe().then(know, () => showText(true)), []);
  const list = asList(value);
  const isWritten = isText || list === null;
  return html`<div class="steps">
    <div class="segments" role="group" aria-label="How the answer is written">
      <button type="button" aria-pressed=${!isWritten} onClick=${() => list !== null && showText(false)}>Steps</button>
      <button type="button" aria-pressed=${isWritten} onClick=${() => showText(true)}>JSON</button>
    </div>
    <div class="beside">
      ${isWritten
        ? html`<textarea class="mono" rows="10" aria-label="Steps as JSON" spellcheck=${false} value=${typeof value === "string" ? value : JSON.stringify(value ?? [], null, 2)} onInput=${(event) => change(parsed(event.currentTarget.value))}></textarea>`
        : steps && html`<${List} known=${steps} steps=${list} change=${change} allowed=${null} />`}
      <${Page} steps=${value} vars=${vars} />
    </div>
  </div>`;
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : text;
  } catch {
    return text;
  }
}

function asList(value) {
  if (value === undefined || value === "" || value === null) return [];
  if (typeof value === "string") value = parsed(value);
  if (typeof value === "string") return null;
  const list = Array.isArray(value) ? value : [value];
  return list.every((step) => step && typeof step === "object" && !Array.isArray(step)) ? list : null;
}

function List({ known, steps, change, allowed }) {
  const set = (index, step) => change(steps.map((each, at) => (at === index ? step : each)));
  const move = (index, by) => {
    const moved = [...steps];
    [moved[index], moved[index + by]] = [moved[index + by], moved[index]];
    change(moved);
  };
  return html`<div class="step-list">
    ${steps.map(
      (step, index) => html`<${Step}
        key=${index}
        known=${known}
        step=${step}
        number=${index + 1}
        change=${(changed) => set(index, changed)}
        remove=${() => change(steps.filter((_, at) => at !== index))}
        up=${index > 0 && (() => move(index, -1))}
        down=${index < steps.length - 1 && (() => move(index, 1))}
      />`,
    )}
    <${Add} known=${known} allowed=${allowed} add=${(step) => change([...steps, step])} />
  </div>`;
}

function Add({ known, allowed, add }) {
  const offered = known.filter(({ name }) => !allowed || allowed.includes(name));
  const rank = ({ name }) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  const choices = [...offered].sort((a, b) => rank(a) - rank(b)).map(({ name, says }) => ({ value: name, label: `${name}: ${says}` }));
  const pick = (name) => {
    const kind = known.find((each) => each.name === name);
    if (kind) add({ [name]: structuredClone(BLANK[kind.content]) });
  };
  return html`<div class="add-step"><${Choice} choices=${choices} pick=${pick} keep=${false} placeholder="Add a step" aria-label="Add a step" /></div>`;
}

function Step({ known, step, number, change, remove, up, down }) {
  const kind = known.find(({ name }) => name in step);
  const name = kind?.name ?? Object.keys(step)[0] ?? "?";
  const set = (field, value) => {
    const changed = { ...step, [field]: value };
    if (value === "" || value === undefined) delete changed[field];
    change(changed);
  };
  const isGiven = (field) => field.name in step;
  return html`<div class="card step" role="group" aria-label=${`Step ${number}: ${name}`}>
    <div class="row between">
      <strong><span class="dim">${number}</span> ${name}</strong>
      <span class="row tight">
        <button type="button" class="quiet round" aria-label=${`Move step ${number} up`} disabled=${!up} onClick=${up || null}><${Icon} name="up" /></button>
        <button type="button" class="quiet round" aria-label=${`Move step ${number} down`} disabled=${!down} onClick=${down || null}><${Icon} name="down" /></button>
        <button type="button" class="quiet round" aria-label=${`Remove step ${number}`} onClick=${remove}><${Icon} name="close" /></button>
      </span>
    </div>
    ${!kind
      ? html`<p class="problem">There is no step of this name.</p>`
      : html`<${Content} known=${known} kind=${kind} value=${step[name]} change=${(value) => change({ ...step, [name]: value })} />
          <${Details} known=${known} kind=${kind} step=${step} set=${set} given=${kind.fields.filter(isGiven).length} />`}
  </div>`;
}

function Content({ known, kind, value, change }) {
  switch (kind.content) {
    case "steps":
      return html`<${List} known=${known} steps=${asList(value) ?? []} change=${change} allowed=${kind.within} />`;
    case "numbers":
      return html`<${Chips} value=${value} change=${change} inputmode="tel" placeholder="such as 14155550123" aria-label=${`Numbers for ${kind.name}`} />`;
    case "flag":
      return html`<p class="info">${kind.says}</p>`;
  }
  if (typeof value === "object" && value !== null) {
    return html`<textarea class="mono" rows="4" aria-label=${`What ${kind.name} holds, as JSON`} value=${JSON.stringify(value, null, 2)} onChange=${(event) => change(parsed(event.currentTarget.value))}></textarea>`;
  }
  const rows = kind.name === "xml" ? 6 : 2;
  return html`<textarea class=${classes(kind.name === "xml" && "mono")} rows=${rows} aria-label=${`${kind.name}: ${kind.says}`} placeholder=${kind.says} value=${value ?? ""} onInput=${(event) => change(event.currentTarget.value)}></textarea>`;
}

function Details({ known, kind, step, set, given }) {
  const [isOpen, open] = useState(given > 0 || kind.fields.some(({ control, required }) => required || control === "branches"));
  if (!kind.fields.length) return null;
  return html`<details open=${isOpen} onToggle=${(event) => open(event.currentTarget.open)}>
    <summary>Details${given > 0 && html`<span class="count">${given}</span>`}</summary>
    ${isOpen &&
    html`<div class="nested">
      ${inOrder(kind.fields).map((field) => html`<${Detail} key=${field.name} known=${known} kind=${kind} field=${field} value=${step[field.name]} set=${(value) => set(field.name, value)} />`)}
    </div>`}
  </details>`;
}

function Detail({ known, kind, field, value, set }) {
  const label = html`<span class="label">${field.name}${field.required && html`<span class="needed">required</span>`}</span>`;
  const says = html`<span class="info">${field.says}${field.default !== undefined && ` (${field.default || "nothing"} is assumed)`}</span>`;
  if (field.control === "steps") {
    return html`<div class="field" role="group" aria-label=${field.name}>${label}${says}
      <${List} known=${known} steps=${asList(value) ?? []} change=${(steps) => set(steps.length ? steps : undefined)} allowed=${null} /></div>`;
  }
  if (field.control === "branches") {
    return html`<div class="field" role="group" aria-label=${field.name}>${label}${says}<${Branches} known=${known} value=${value} change=${set} /></div>`;
  }
  const options = field.control === "boolean" ? ["true", "false"] : field.options;
  return html`<div class="field">
    <label>${label}
      ${options
        ? html`<select value=${value === undefined ? "" : String(value)} onChange=${(event) => set(event.currentTarget.value)}>
            <option value="">Not set</option>
            ${options.map((option) => html`<option value=${option}>${option}</option>`)}
          </select>`
        : html`<input value=${value ?? ""} inputmode=${field.control === "number" ? "numeric" : null} onInput=${(event) => set(number(field, event.currentTarget.value))} />`}
    </label>
    ${says}
  </div>`;
}

/** What a menu is about comes before what few need. */
const inOrder = (fields) => fields.toSorted((a, b) => (b.control === "branches") - (a.control === "branches"));

const number = (field, text) => (field.control === "number" && /^\d{1,9}$/.test(text) ? Number(text) : text);

function Branches({ known, value = {}, change }) {
  const branches = Object.entries(value);
  const set = (index, key, steps) =>
    change(Object.fromEntries(branches.map((branch, at) => (at === index ? [key, steps] : branch))));
  const next = () => String([1, 2, 3, 4, 5, 6, 7, 8, 9, 0].find((key) => !(key in value)) ?? "*");
  return html`<div class="stack tight">
    ${branches.map(
      ([key, steps], index) => html`<div class="card" key=${index} role="group" aria-label=${`Branch ${key}`}>
        <div class="row between">
          <label class="row tight"><span class="label">When</span>
            <input class="short" aria-label="Keys or words" value=${key} onChange=${(event) => set(index, event.currentTarget.value, steps)} /></label>
          <button type="button" class="quiet round" aria-label=${`Remove branch ${key}`} onClick=${() => change(Object.fromEntries(branches.filter((_, at) => at !== index)))}><${Icon} name="close" /></button>
        </div>
        <${List} known=${known} steps=${asList(steps) ?? []} change=${(changed) => set(index, key, changed)} allowed=${null} />
      </div>`,
    )}
    <div><button type="button" class="small" onClick=${() => change({ ...value, [next()]: [] })}><${Icon} name="plus" />Add a branch</button></div>
  </div>`;
}

/** The page that the steps become, or what is wrong with them. */
function Page({ steps, vars }) {
  const [shown, show] = useState({});
  const turn = useRef(0);
  const text = JSON.stringify([steps, vars]);
  useEffect(() => {
    if (!steps || steps.length === 0) return show({});
    const mine = ++turn.current;
    const timer = setTimeout(async () => {
      const { ok, reply } = await call("renderXml", { answer: steps, ...(vars ? { answerVars: vars } : {}) });
      if (mine !== turn.current) return;
      show(ok ? { xml: reply.xml, warnings: reply.warnings } : { problem: reply.errors?.answer ?? reply.hint ?? reply.status_msg });
    }, 300);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<div class="steps-page">
    <span class="label">What Plivo gets</span>
    ${shown.problem
      ? html`<p class="problem">${shown.problem}</p>`
      : html`<pre tabindex="0" role="group" aria-label="XML">${shown.xml ? indented(shown.xml) : "Add a step, and its XML appears here."}</pre>`}
    ${shown.warnings?.map((warning) => html`<p class="info">${warning}</p>`)}
  </div>`;
}
