import { Loading } from "../parts/states.mjs";
import { html } from "../ui.mjs";

export default function Events() {
  return html`<${Loading} />`;
}
