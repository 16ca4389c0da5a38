// The form of a block: what it needs first, what else it takes behind a fold.
import { MISSING } from "../args.mjs";
import { classes, html, useState } from "../ui.mjs";
import { Field } from "./field.mjs";
import { Icon } from "./icon.mjs";

const UNIVERSAL = new Set(["idempotencyKey", "dryRun", "returnAll", "maxItems", "continueFrom", "additionalFields"]);

/** Args in three parts: what is needed or one of an either-or, what else there is, what every block takes. */
export function parts(block) {
  const named = new Set(block.rules.flatMap((rule) => rule.exactlyOne ?? rule.atLeastOne ?? []));
  const own = block.args.filter(({ type, name }) => type !== "credentials" && !UNIVERSAL.has(name));
  const isFirst = (arg) => arg.required || named.has(arg.name);
  const few = own.length <= 6;
  return {
    first: own.filter((arg) => few || isFirst(arg)),
    more: few ? [] : own.filter((arg) => !isFirst(arg)),
    every: block.args.filter(({ name }) => UNIVERSAL.has(name) && name !== "dryRun"),
  };
}

export function Form({ element, block, values, change, problems, hint, account, isSending, send, fill, clear, args }) {
  const { first, more, every } = parts(block);
  const context = { block: block.name, args };
  const needed = neededNow(block, values);
  const field = (arg) => html`<${Field}
    key=${arg.name}
    arg=${arg}
    value=${values[arg.name]}
    change=${(value) => change(arg.name, value)}
    problem=${problems[arg.name]}
    isNeeded=${arg.required || needed.has(arg.name)}
    context=${context}
  />`;
  const elsewhere = Object.entries(problems).filter(([name]) => !block.args.some((arg) => arg.name === name && arg.type !== "credentials"));
  const onKeyDown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      // A moment later: what is being typed becomes a value with this very key.
      requestAnimationFrame(() => element.current?.requestSubmit());
    }
  };
  return html`<form
    class="form"
    ref=${element}
    onKeyDown=${onKeyDown}
    onSubmit=${(event) => {
      event.preventDefault();
      send();
    }}
    novalidate
  >
    ${Object.keys(problems).length > 0 &&
    html`<div class="callout is-danger" role="alert">
      <strong>Nothing was sent: ${whatIsWrong(problems)}.</strong>
      ${hint && html`<p>${hint}</p>`}
      ${elsewhere.map(([name, reason]) => html`<p><code>${name}</code> ${reason}</p>`)}
    </div>`}
    <${Rules} block=${block} values=${values} problems=${problems} />
    ${first.length ? first.map(field) : html`<p class="info">${more.length ? "Everything here is optional." : "This block takes nothing but your credentials."}</p>`}
    ${more.length > 0 && html`<${More} title=${first.length ? "More fields" : "Fields"} isFirst=${!first.length} args=${more} values=${values} problems=${problems} field=${field} />`}
    ${every.length > 0 && html`<${More} title="How it is sent" args=${every} values=${values} problems=${problems} field=${(arg) => (arg.name === "idempotencyKey" ? html`${field(arg)}<${NewKey} change=${change} />` : field(arg))} />`}
    <div class="send-bar">
      <${Send} block=${block} account=${account} isSending=${isSending} />
      <button type="button" class="quiet" onClick=${clear}>Clear</button>
      ${fill && html`<button type="button" class="quiet extra" onClick=${fill}>Fill in the example</button>`}
    </div>
  </form>`;
}

export function Send({ block, account, isSending, label }) {
  const { sandbox, isSignedIn } = account;
  const says = isSending ? "Sending …" : label ?? (sandbox ? "Send" : block.readOnly ? "Ask Plivo" : "Send this for real");
  return html`
    <button class=${classes("main", !sandbox && !block.readOnly && "is-danger")} disabled=${!isSignedIn || isSending}>
      <${Icon} name="send" />${says}
    </button>
    ${!isSignedIn && html`<span class="info whole">Type your credentials first, at the top right.</span>`}
  `;
}

const NewKey = ({ change }) => html`<div>
  <button type="button" class="small" onClick=${() => change("idempotencyKey", newKey())}><${Icon} name="again" />New key</button>
</div>`;

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function More({ title, isFirst, args, values, problems, field }) {
  const given = args.filter(({ name }) => !isEmpty(values[name])).length;
  const hasProblem = args.some(({ name }) => name in problems);
  const [chosen, open] = useState(null);
  const [text, type] = useState("");
  const isOpen = hasProblem || (chosen ?? (isFirst || given > 0));
  const wanted = text.trim().toLowerCase();
  const shown = args.filter((arg) => `${arg.name} ${arg.label ?? ""}`.toLowerCase().includes(wanted));
  return html`<details class="more" open=${isOpen} onToggle=${(event) => event.currentTarget.open !== isOpen && open(event.currentTarget.open)}>
    <summary>${title}<span class="count">${given ? `${given} of ${args.length}` : args.length}</span></summary>
    ${isOpen &&
    html`<div class="stack">
      ${args.length > 8 && html`<input type="search" aria-label="Find a field" placeholder="Find a field" value=${text} onInput=${(event) => type(event.currentTarget.value)} />`}
      ${shown.map(field)}
    </div>`}
  </details>`;
}

const isEmpty = (value) => value === undefined || value === "" || value === null || (Array.isArray(value) && !value.length);

function whatIsWrong(problems) {
  const wrong = Object.values(problems).filter((reason) => reason && reason !== MISSING).length;
  if (!wrong) return "something is missing";
  return wrong === 1 ? "one field does not fit" : `${wrong} fields do not fit`;
}

function Rules({ block, values, problems }) {
  const label = (name) => block.args.find((arg) => arg.name === name)?.label ?? name;
  const list = (names, word) => {
    const labels = names.map((name) => html`<strong>${label(name)}</strong>`);
    return labels.map((each, at) => [at > 0 && (at === labels.length - 1 ? ` ${word} ` : ", "), each]);
  };
  const told = block.rules
    .filter((rule) => !rule.when)
    .map((rule) => {
      const names = rule.exactlyOne ?? rule.atLeastOne;
      const given = names.filter((name) => !isEmpty(values[name])).length;
      const isMet = rule.exactlyOne ? given === 1 : given > 0;
      return html`<li class=${classes(isMet ? "is-met" : names.some((name) => name in problems) && "is-bad")}>
        <${Icon} name=${isMet ? "check" : "plus"} /><span>${rule.exactlyOne ? "Give exactly one of " : "Give at least one of "}${list(names, "or")}<span class="sr-only">${isMet ? ": done" : ": not yet"}</span></span>
      </li>`;
    });
  return told.length ? html`<ul class="rules">${told}</ul>` : null;
}

/** Names that a condition asks for, as the form stands. */
function neededNow(block, values) {
  const fits = (wanted, value) => wanted.some((each) => (each === null ? isEmpty(value) : String(each) === String(value ?? "")));
  return new Set(
    block.rules
      .filter((rule) => rule.when && Object.entries(rule.when).every(([name, wanted]) => fits(wanted, values[name])))
      .flatMap((rule) => rule.require),
  );
}
