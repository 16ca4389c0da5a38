// What stands where nothing else can: still loading, nothing there yet, gone wrong.
import { html } from "../ui.mjs";
import { Icon } from "./icon.mjs";

export const Loading = () => html`<p class="loading" role="status">Loading …</p>`;

/** @param isPart whether it stands below a heading of its view */
export const Empty = ({ icon, title, isPart, children }) => html`
  <div class="empty">
    <${Icon} name=${icon} />
    ${isPart ? html`<h2>${title}</h2>` : html`<h1>${title}</h1>`}
    ${children}
  </div>
`;

export const Failed = ({ says, again }) => html`
  <div class="empty" role="alert">
    <${Icon} name="warning" />
    <h1>That did not work</h1>
    <p>${says}</p>
    ${again && html`<button type="button" onClick=${again}>Try again</button>`}
  </div>
`;
