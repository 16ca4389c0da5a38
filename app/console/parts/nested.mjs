// Values with a structure: an object as fields within a field, an array as rows of such fields, names with values.
import { html, useState } from "../ui.mjs";
import { Field } from "./field.mjs";
import { Icon } from "./icon.mjs";

/** An object that follows a structure: behind a fold where it may be left out, so that forms stay short. */
export function Part({ isNeeded, ...rest }) {
  const { arg, value } = rest;
  const given = Object.keys(asObject(value)).length;
  const [chosen, open] = useState(null);
  if (isNeeded) return html`<${Nested} ...${rest} />`;
  const isOpen = chosen ?? given > 0;
  return html`<details class="part" open=${isOpen} onToggle=${(event) => event.currentTarget.open !== isOpen && open(event.currentTarget.open)}>
    <summary>Fill in<span class="sr-only"> ${arg.label ?? arg.name}</span><span class="count">${given ? `${given} of ${arg.structure.length}` : arg.structure.length}</span></summary>
    ${isOpen && html`<${Nested} ...${rest} />`}
  </details>`;
}

function Nested({ arg, value, change, context }) {
  const given = asObject(value);
  return html`<div class="nested">
    ${arg.structure.map(
      (field) => html`<${Field}
        key=${field.name}
        arg=${field}
        value=${given[field.name]}
        isNeeded=${field.required}
        isNested
        context=${context}
        change=${(part) => change(without({ ...given, [field.name]: part }))}
      />`,
    )}
  </div>`;
}

/** An array of such objects, or of whatever JSON there is where nothing is said of them. */
export function Rows({ arg, value, change, context }) {
  const rows = asArray(value);
  const name = arg.label ?? arg.name;
  const set = (index, row) => change(rows.map((each, at) => (at === index ? row : each)));
  return html`<div class="stack tight">
    ${rows.map(
      (row, index) => html`<div class="card" key=${index} role="group" aria-label=${`${name} ${index + 1}`}>
        <div class="row between">
          <strong>${index + 1}</strong>
          <button type="button" class="quiet round" aria-label=${`Remove ${name} ${index + 1}`} onClick=${() => change(rows.filter((_, at) => at !== index))}>
            <${Icon} name="close" />
          </button>
        </div>
        ${arg.structure
          ? html`<${Nested} arg=${arg} value=${row} context=${context} change=${(part) => set(index, part)} />`
          : html`<textarea class="mono" rows="3" aria-label=${`${name} ${index + 1}`} value=${typeof row === "string" ? row : JSON.stringify(row, null, 2)} onInput=${(event) => set(index, event.currentTarget.value)}></textarea>`}
      </div>`,
    )}
    <div><button type="button" class="small" onClick=${() => change([...rows, {}])}><${Icon} name="plus" />Add ${name}</button></div>
  </div>`;
}

/** Names with values, such as those of {{vars.name}}. */
export function Pairs({ value, change }) {
  const pairs = Object.entries(asObject(value));
  const set = (index, name, text) =>
    change(Object.fromEntries(pairs.map((pair, at) => (at === index ? [name, text] : pair))));
  return html`<div class="stack tight">
    ${pairs.map(
      ([name, text], index) => html`<div class="row" key=${index}>
        <input aria-label="Name" placeholder="name" value=${name} onChange=${(event) => set(index, event.currentTarget.value, text)} />
        <input aria-label=${`Value of ${name || "the name"}`} placeholder="value" value=${text} onInput=${(event) => set(index, name, event.currentTarget.value)} />
        <button type="button" class="quiet round" aria-label=${`Remove ${name}`} onClick=${() => change(Object.fromEntries(pairs.filter((_, at) => at !== index)))}>
          <${Icon} name="close" />
        </button>
      </div>`,
    )}
    <div><button type="button" class="small" onClick=${() => change({ ...asObject(value), "": "" })}><${Icon} name="plus" />Add a value</button></div>
  </div>`;
}

function asObject(value) {
  if (typeof value === "string" && value.trim()) {
    try {
      value = JSON.parse(value);
    } catch {
      return {};
    }
  }
  return value && typeof value === "object" && !Array.isArray(value) ? value : {};
}

function asArray(value) {
  if (typeof value === "string" && value.trim()) {
    try {
      value = JSON.parse(value);
    } catch {
      return [];
    }
  }
  return Array.isArray(value) ? value : value && typeof value === "object" ? [value] : [];
}

const without = (object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== "" && value !== undefined));
