// A button that puts a text into the clipboard, and says so.
import { html, useState } from "../ui.mjs";
import { Icon } from "./icon.mjs";

export function Copy({ text, label = "Copy" }) {
  const [said, say] = useState("");
  const copy = async () => {
    const value = typeof text === "function" ? text() : text;
    try {
      await navigator.clipboard.writeText(value);
      say("Copied");
    } catch {
      say("Select it, and copy by keyboard");
    }
    setTimeout(() => say(""), 2000);
  };
  return html`<button type="button" class="quiet small" onClick=${copy}>
    <${Icon} name=${said === "Copied" ? "check" : "copy"} /><span aria-live="polite">${said || label}</span>
  </button>`;
}
