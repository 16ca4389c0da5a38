// One field of a form: its label, the control that its datatype wants, what it is for, and what is wrong with it.
import { options } from "../api.mjs";
import { classes, html, useId, useRef, useState } from "../ui.mjs";
import { Chips } from "./chips.mjs";
import { Choice } from "./choice.mjs";
import { later } from "./later.mjs";
import { Pairs, Part, Rows } from "./nested.mjs";

const Steps = later(() => import("./steps.mjs"), "Steps");

const PHONES = new Set(["phone", "recipient", "sender", "number"]);
const COMPOSED = new Set(["array", "json", "file", "map", "boolean"]);

/**
 * @param arg what the manifest says of it
 * @param context {block, args()}: for choices that depend on the account and on the rest of the form
 */
export function Field({ arg, value, change, problem, isNeeded, isNested, context }) {
  const id = useId();
  const { name, label, info } = arg;
  const isGroup = COMPOSED.has(arg.type.toLowerCase()) && !isPlain(arg);
  const described = [info && `${id}-info`, problem && `${id}-problem`].filter(Boolean).join(" ") || null;
  const aria = { "aria-describedby": described, "aria-invalid": problem ? "true" : null };
  const caption = html`${label ?? name}${isNeeded && html`<span class="needed">required</span>`}<code>${name}</code>`;
  return html`<div
    class=${classes("field", problem && "has-problem")}
    data-field=${isNested ? null : name}
    role=${isGroup ? "group" : null}
    aria-labelledby=${isGroup ? `${id}-label` : null}
    aria-describedby=${isGroup ? described : null}
  >
    ${isGroup
      ? html`<span class="label" id=${`${id}-label`}>${caption}</span>`
      : html`<label class="label" for=${id}>${caption}</label>`}
    <${Control} id=${id} arg=${arg} value=${value} change=${change} isNeeded=${isNeeded} context=${context} aria=${isGroup ? {} : aria} />
    ${problem && html`<p class="problem" id=${`${id}-problem`}>${name} ${problem}</p>`}
    ${info && html`<p class="info" id=${`${id}-info`}>${info}</p>`}
  </div>`;
}

const isPlain = (arg) => arg.type.toLowerCase() === "json" && !arg.structure && !["answer", "variables"].includes(arg.format);

function Control({ id, arg, value, change, isNeeded, context, aria }) {
  const type = arg.type.toLowerCase();
  const set = (event) => change(event.currentTarget.value);
  const placeholder = arg.placeholder ?? hint(arg);
  const choices = choicesOf(arg, context);
  switch (type) {
    case "boolean":
      return html`<${YesNo} label=${arg.label ?? arg.name} value=${value} change=${change} assumed=${arg.default} />`;
    case "select":
      return html`<${Choice} id=${id} value=${value} choices=${choices} isOpen=${arg.open} pick=${change} placeholder=${placeholder} ...${aria} />`;
    case "list":
      return html`<${Chips} id=${id} value=${value} change=${change} choices=${choices} isOpen=${arg.open ?? !arg.options} hasCommas=${arg.format === "url"} inputmode=${PHONES.has(arg.format) ? "tel" : null} placeholder=${placeholder} ...${aria} />`;
    case "number":
      return html`<input id=${id} inputmode="decimal" value=${value ?? ""} onInput=${set} placeholder=${placeholder} autocomplete="off" ...${aria} />`;
    case "datepicker":
      return html`<${Moment} id=${id} arg=${arg} value=${value} set=${set} placeholder=${placeholder} ...${aria} />`;
    case "map":
      return html`<${Place} value=${value} change=${change} />`;
    case "file":
      return html`<${FileOrAddress} id=${id} arg=${arg} value=${value} change=${change} />`;
    case "array":
      return html`<${Rows} arg=${arg} value=${value} change=${change} context=${context} />`;
    case "json":
      return jsonControl(arg, { id, value, change, isNeeded, context, aria, placeholder });
  }
  if (choices) {
    return html`<${Choice} id=${id} value=${value} choices=${choices} isOpen pick=${change} placeholder=${placeholder} ...${aria} />`;
  }
  if (arg.format === "multiline") {
    return html`<textarea id=${id} rows="3" value=${value ?? ""} onInput=${set} placeholder=${placeholder} ...${aria}></textarea>`;
  }
  const inputmode = PHONES.has(arg.format) ? "tel" : arg.format === "url" ? "url" : arg.format === "email" ? "email" : null;
  return html`<input id=${id} type=${arg.format === "secret" ? "password" : "text"} inputmode=${inputmode} value=${value ?? ""} onInput=${set} placeholder=${placeholder} autocomplete="off" spellcheck=${false} ...${aria} />`;
}

function jsonControl(arg, { id, value, change, isNeeded, context, aria, placeholder }) {
  if (arg.format === "answer") return html`<${Steps} value=${value} change=${change} vars=${context.args().answerVars} />`;
  if (arg.format === "variables") return html`<${Pairs} value=${value} change=${change} />`;
  if (arg.structure) return html`<${Part} arg=${arg} value=${value} change=${change} isNeeded=${isNeeded} context=${context} />`;
  const text = value === undefined || value === "" ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return html`<textarea id=${id} class="mono" rows="4" value=${text} placeholder=${placeholder} spellcheck=${false} onInput=${(event) => change(event.currentTarget.value)} ...${aria}></textarea>`;
}

function hint({ example, default: assumed, type }) {
  if (assumed !== undefined && assumed !== null) return `${assumed} is assumed`;
  if (example === undefined || example === null) return "";
  const text = Array.isArray(example) ? example.join(", ") : typeof example === "object" ? JSON.stringify(example) : String(example);
  return type === "JSON" ? text : `such as ${text}`;
}

function choicesOf(arg, context) {
  if (arg.options) return arg.options.map((value) => ({ value, label: arg.optionLabels?.[value] ?? value }));
  if (!arg.optionsFrom) return null;
  return async (search) => {
    const { ok, reply } = await options(context.block, arg.name, { ...context.args(), search, limit: 100 });
    if (ok) return { choices: reply };
    return { problem: `The choices cannot be listed: ${reply?.hint ?? reply?.status_msg ?? "no answer"}` };
  };
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const PICKED = { date: DAY, "datetime-local": /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/ };

/** A moment or a day. What a browser's picker cannot hold, such as unix seconds, it would show as nothing: that is text. */
function Moment({ arg, value = "", set, ...rest }) {
  const kind = DAY.test(arg.example) ? "date" : "datetime-local";
  const isText = useRef(false);
  isText.current ||= value !== "" && !PICKED[kind].test(value);
  return html`<input type=${isText.current ? "text" : kind} step=${kind === "date" ? null : 1} value=${value} onInput=${set} ...${rest} />`;
}

function YesNo({ label, value, change, assumed }) {
  const name = useId();
  const chosen = value === true || value === "true" ? "true" : value === false || value === "false" ? "false" : "";
  const choices = [["", assumed === undefined ? "Not set" : `Not set (${assumed ? "yes" : "no"})`], ["true", "Yes"], ["false", "No"]];
  return html`<div class="segments" role="radiogroup" aria-label=${label}>
    ${choices.map(
      ([each, says]) => html`<label>
        <input type="radio" name=${name} value=${each} checked=${chosen === each} onChange=${() => change(each === "" ? "" : each === "true")} />
        <span>${says}</span>
      </label>`,
    )}
  </div>`;
}

function Place({ value, change }) {
  const [lat = "", lng = ""] = typeof value === "string" ? value.split(",").map((each) => each.trim()) : [value?.lat, value?.lng];
  const set = (at) => (event) => {
    const pair = [lat, lng];
    pair[at] = event.currentTarget.value;
    change(pair.some(Boolean) ? pair.join(", ") : "");
  };
  return html`<div class="row">
    <input aria-label="Latitude" inputmode="decimal" placeholder="Latitude" value=${lat} onInput=${set(0)} />
    <input aria-label="Longitude" inputmode="decimal" placeholder="Longitude" value=${lng} onInput=${set(1)} />
  </div>`;
}

function FileOrAddress({ arg, value, change }) {
  const [isAddress, choose] = useState(typeof value === "string" && value !== "");
  const label = arg.label ?? arg.name;
  return html`<div class="stack tight">
    <div class="segments" role="radiogroup" aria-label=${`Where ${label} comes from`}>
      ${[["Upload", false], ["Address", true]].map(
        ([says, each]) => html`<label>
          <input type="radio" checked=${isAddress === each} onChange=${() => (choose(each), change(""))} />
          <span>${says}</span>
        </label>`,
      )}
    </div>
    ${isAddress
      ? html`<input type="text" inputmode="url" aria-label=${`Address of ${label}`} placeholder="https://example.com/document.pdf" value=${value ?? ""} onInput=${(event) => change(event.currentTarget.value)} />`
      : html`<input type="file" aria-label=${`File for ${label}`} onChange=${(event) => change(event.currentTarget.files[0] ?? "")} />`}
  </div>`;
}
