// Several values, each a chip: Enter or a comma adds one, what is pasted is split.
import { html, useRef, useState } from "../ui.mjs";
import { Choice } from "./choice.mjs";
import { Icon } from "./icon.mjs";

export function Chips({ id, value, change, choices, isOpen = true, hasCommas, inputmode, placeholder, label, ...aria }) {
  const [typed, type] = useState("");
  const input = useRef();
  const items = Array.isArray(value) ? value : value ? [value] : [];
  const add = (text) => {
    const more = split(String(text), hasCommas).filter((item) => !items.includes(item));
    if (more.length) change([...items, ...more]);
    type("");
  };
  const remove = (index) => {
    change(items.filter((_, at) => at !== index));
    input.current?.querySelector("input")?.focus();
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" || (event.key === "," && !hasCommas)) {
      if (typed.trim()) event.preventDefault();
      if (typed.trim()) add(typed);
    } else if (event.key === "Backspace" && !typed && items.length) remove(items.length - 1);
  };
  return html`<div class="chips" ref=${input}>
    ${items.map(
      (item, index) => html`<span class="chip" key=${index}>
        <span>${String(item)}</span>
        <button type="button" aria-label=${`Remove ${item}`} onClick=${() => remove(index)}><${Icon} name="close" /></button>
      </span>`,
    )}
    ${choices
      ? html`<${Choice} id=${id} choices=${choices} isOpen=${isOpen} pick=${(item) => item !== "" && add(item)} keep=${false} placeholder=${items.length ? "Add another" : placeholder} ...${aria} />`
      : html`<input
          id=${id}
          value=${typed}
          inputmode=${inputmode}
          placeholder=${items.length ? "Add another" : placeholder}
          autocomplete="off"
          onInput=${(event) => {
            const text = event.currentTarget.value;
            if (/[\n;]/.test(text)) add(text);
            else type(text);
          }}
          onPaste=${(event) => {
            const text = event.clipboardData?.getData("text") ?? "";
            if (split(text, hasCommas).length < 2) return;
            event.preventDefault();
            add(text);
          }}
          onBlur=${() => typed.trim() && add(typed)}
          onKeyDown=${onKeyDown}
          ...${aria}
        />`}
  </div>`;
}

const split = (text, hasCommas) =>
  text
    .split(hasCommas ? /[\n;]+/ : /[\n;,]+/)
    .map((item) => item.trim())
    .filter(Boolean);
