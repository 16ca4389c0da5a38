// A dialog in front of everything else: the browser's own, which keeps the focus inside and closes on Escape.
import { html, useEffect, useId, useRef } from "../ui.mjs";
import { Icon } from "./icon.mjs";

export function Dialog({ title, close, children }) {
  const element = useRef();
  const label = useId();
  useEffect(() => {
    element.current.showModal();
  }, []);
  return html`<dialog ref=${element} aria-labelledby=${label} onClose=${close}>
    <div class="head">
      <h2 id=${label}>${title}</h2>
      <button type="button" class="quiet round" aria-label="Close" onClick=${() => element.current.close()}>
        <${Icon} name="close" />
      </button>
    </div>
    ${children}
  </dialog>`;
}
