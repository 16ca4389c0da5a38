// What stands where nothing else can: still loading, nothing there yet, gone wrong.
import { html } from "../ui.mjs";
import { Icon } from "./icon.mjs";

export const Loading = () => html`<p class="loading" role="status">Loading …</p>`;

export const Empty = ({ icon, title, children }) => html`
  <div class="empty">
    <${Icon} name=${icon} />
    <h2>${title}</h2>
    ${children}
  </div>
`;

export const Failed = ({ says, again }) => html`
  <div class="empty" role="alert">
    <${Icon} name="warning" />
    <h2>That did not work</h2>
    <p>${says}</p>
    ${again && html`<button type="button" onClick=${again}>Try again</button>`}
  </div>
`;
