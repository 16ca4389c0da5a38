// Where nothing is chosen: let something come in, or send something to a number that misbehaves.
import { formLink } from "../links.mjs";
import { route } from "../router.mjs";
import { useStore } from "../store.mjs";
import { html } from "../ui.mjs";
import { Incoming } from "./incoming.mjs";

const MAGIC = [
  ["15005550001", "is busy", "call"],
  ["15005550002", "rings, and nobody answers", "call"],
  ["15005550003", "fails", "call"],
  ["15005550004", "is sent and not delivered", "message"],
  ["15005550005", "takes the call and stays until you hang up", "call"],
  ["15005550011", "presses 1 when asked", "call"],
  ["15005550429", "is too many requests: a 429", "message"],
  ["15005550500", "is an error inside Plivo: a 500", "message"],
];
const BLOCKS = { call: ["makeCall", "callTo"], message: ["sendMessage", "destination"] };

export function Overview({ there }) {
  const { query } = useStore(route);
  const number = query.get("to");
  return html`<div class="stack">
    <h1 class="sr-only">Sandbox</h1>
    <div class="pair">
      <${Incoming} key=${`m${number}`} kind="messages" there=${there} number=${number} />
      <${Incoming} key=${`c${number}`} kind="calls" there=${there} number=${number} />
    </div>
    <section class="card" aria-labelledby="magic">
      <h2 id="magic">Numbers that misbehave on purpose</h2>
      <ul class="magic">
        ${MAGIC.map(([magic, does, kind]) => {
          const [block, field] = BLOCKS[kind];
          return html`<li key=${magic}><a href=${formLink(block, { [field]: magic })}>${magic}</a> ${does}</li>`;
        })}
      </ul>
    </section>
  </div>`;
}
