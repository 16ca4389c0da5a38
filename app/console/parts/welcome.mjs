// What a newcomer sees first: what this is, and what to do with it.
import { to } from "../router.mjs";
import { useAccount } from "../session.mjs";
import { html } from "../ui.mjs";
import { Icon } from "./icon.mjs";

const STARTS = [
  ["sendMessage", "message", "Send a message", "An SMS to one number or many, with its price and parts shown before it goes."],
  ["makeCall", "phone", "Make a call that speaks", "Steps in place of a server: say something, ask for a digit, forward, record."],
  ["createSubscription", "events", "Hear what happens", "Every event of Plivo's, verified, once, in order, delivered where you want it."],
  ["searchNewNumbers", "search", "Find a number", "By country, prefix and what it can do, then buy it with one more block."],
];

export function Welcome() {
  const { sandbox, isSignedIn } = useAccount();
  return html`<div class="welcome">
    <h1>Plivo, one block per operation</h1>
    <p class="lead">
      Choose a block, fill in its form, send it. The same request works from any platform:${" "}
      <code>POST /api/Plivo/…</code> answers everything in one shape, and every form here also gives you the code.
    </p>
    ${sandbox
      ? html`<p class="callout is-sandbox"><strong>This is the sandbox.</strong> An embedded Plivo answers: nothing is sent
          to anybody and nothing costs anything. Forms are filled in already, and <a href="#/sandbox">the live view</a>${" "}
          shows what became of each message and call.</p>`
      : html`<p class="callout is-live"><strong>This is live.</strong> Requests go to Plivo and may cost money.${" "}
          ${isSignedIn ? "You are signed in." : "Type your credentials, at the top right, before you send anything."}</p>`}
    <div class="starts">
      ${STARTS.map(
        ([name, icon, title, says]) => html`<a class="card start" href=${to("blocks", name)}>
          <${Icon} name=${icon} />
          <strong>${title}</strong>
          <span>${says}</span>
        </a>`,
      )}
    </div>
    <p class="dim keys">Press <kbd>/</kbd> to find a block, and <kbd>Ctrl</kbd> <kbd>Enter</kbd> in a form to send it.</p>
  </div>`;
}
