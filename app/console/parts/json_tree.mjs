// JSON to look at: objects and lists fold, and whatever a text says, it is shown as text.
import { Written } from "../json.mjs";
import { html, useState } from "../ui.mjs";

const SHOWN = 100;

export const JsonTree = ({ value, label = "JSON" }) =>
  html`<div class="json" tabindex="0" role="group" aria-label=${label}><${Node} value=${value} depth=${0} /></div>`;

function Node({ name, value, depth }) {
  const key = name !== undefined && html`<span class="key">${name}</span><span class="dim">: </span>`;
  if (value === null || typeof value !== "object" || value instanceof Written) {
    return html`<div class="leaf">${key}<${Leaf} value=${value} /></div>`;
  }
  const isList = Array.isArray(value);
  const items = Object.entries(value);
  const [open, close] = isList ? "[]" : "{}";
  if (!items.length) return html`<div class="leaf">${key}<span class="dim">${open}${close}</span></div>`;
  const count = `${items.length} ${isList ? "item" : "field"}${items.length === 1 ? "" : "s"}`;
  return html`<details open=${depth < 3}>
    <summary>${key}<span class="dim">${open} ${count} ${close}</span></summary>
    <${Items} items=${items} isList=${isList} depth=${depth} />
  </details>`;
}

function Items({ items, isList, depth }) {
  const [most, show] = useState(SHOWN);
  return html`<div class="items">
    ${items.slice(0, most).map(
      ([key, item]) => html`<${Node} key=${key} name=${isList ? Number(key) : key} value=${item} depth=${depth + 1} />`,
    )}
    ${items.length > most &&
    html`<button type="button" class="quiet small" onClick=${() => show(most + 10 * SHOWN)}>
      ${items.length - most} more
    </button>`}
  </div>`;
}

function Leaf({ value }) {
  if (typeof value === "string") return html`<span class="string">${JSON.stringify(value)}</span>`;
  return html`<span class=${value === null ? "dim" : "literal"}>${String(value)}</span>`;
}
