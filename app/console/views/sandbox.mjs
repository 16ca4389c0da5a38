import { Loading } from "../parts/states.mjs";
import { html } from "../ui.mjs";

export default function Sandbox() {
  return html`<${Loading} />`;
}
