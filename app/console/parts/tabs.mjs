// Tabs (the ARIA pattern): arrow keys go from one to the next.
import { html, useId, useRef } from "../ui.mjs";

export function Tabs({ label, tabs, chosen, choose, children }) {
  const id = useId();
  const row = useRef();
  const onKeyDown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex(([name]) => name === chosen);
    const [next] = tabs[(at + step + tabs.length) % tabs.length];
    choose(next);
    row.current.querySelector(`[data-tab="${next}"]`).focus();
  };
  return html`
    <div class="tabs" role="tablist" aria-label=${label} ref=${row} onKeyDown=${onKeyDown}>
      ${tabs.map(
        ([name, says]) => html`<button
          type="button"
          role="tab"
          key=${name}
          id=${`${id}-${name}`}
          data-tab=${name}
          aria-selected=${name === chosen}
          aria-controls=${`${id}-panel`}
          tabindex=${name === chosen ? 0 : -1}
          onClick=${() => choose(name)}
        >${says}</button>`,
      )}
    </div>
    <div class="panel" role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${chosen}`}>${children}</div>
  `;
}
