// One block: its form on one side, what comes of it on the other.
import { call } from "../api.mjs";
import { argsOf, problemsIn, withoutSecrets } from "../args.mjs";
import { draft, keepDraft } from "../drafts.mjs";
import { remember } from "../history.mjs";
import { formLink, valuesIn } from "../links.mjs";
import { example } from "../manifest.mjs";
import { Copy } from "../parts/copy.mjs";
import { Form } from "../parts/form.mjs";
import { later } from "../parts/later.mjs";
import { Outcome } from "../parts/outcome.mjs";
import { route } from "../router.mjs";
import { useAccount } from "../session.mjs";
import { useStore } from "../store.mjs";
import { html, useEffect, useRef, useState } from "../ui.mjs";

const Bulk = later(() => import("../parts/bulk.mjs"), "Bulk");

const LOOK_AFTER = 400;

export function Block({ block }) {
  const account = useAccount();
  const { query } = useStore(route);
  const [values, setValues] = useState(() => draft(block, query) ?? valuesIn(block, query));
  const [isMany, sendMany] = useState(false);
  const [result, setResult] = useState(null);
  const [preview, setPreview] = useState(null);
  const [problems, tell] = useState({});
  const [isSending, setSending] = useState(false);
  const [example_, know] = useState(null);
  const form = useRef();
  const isBegun = useRef(Object.keys(values).length > 0 || draft(block, query) !== undefined);
  const isTyped = useRef(false);
  const args = argsOf(block, values);
  const text = JSON.stringify(args);

  useEffect(() => {
    let isOpen = true;
    example(block.name).then(
      (entry) => {
        if (!isOpen) return;
        know(entry.example);
        // In the sandbox a form is ready to be sent; with real money behind it, it is not.
        if (account.sandbox && !isBegun.current) setValues(filledIn(block, entry.example.request));
      },
      () => {},
    );
    return () => (isOpen = false);
  }, []);

  // The request as Plivo would get it, a moment after the last change. A file is not fetched for that.
  const fetches = block.args.some((arg) => arg.type === "File" && typeof values[arg.name] === "string" && values[arg.name]);
  useEffect(() => {
    if (isMany || fetches || !account.isSignedIn) return setPreview(null);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      call(block.name, { ...args, dryRun: true }, { signal: stop.signal }).then((shown) => {
        setPreview(shown);
        tell((before) => mended(before, problemsIn(shown.reply, block)));
      }, () => {});
    }, LOOK_AFTER);
    return () => (clearTimeout(timer), stop.abort());
  }, [text, isMany, account.authId]);

  const send = async () => {
    if (isSending || !account.isSignedIn) return;
    setSending(true);
    const answer = await call(block.name, args);
    setSending(false);
    setResult(answer);
    const found = problemsIn(answer.reply, block);
    tell(found);
    remember(block.name, withoutSecrets(block, args), answer);
    if (Object.keys(found).length) focusFirst(form.current, found);
  };

  useEffect(() => {
    if (isTyped.current) keepDraft(block, query, values);
  }, [text]);

  const change = (name, value) => {
    isBegun.current = isTyped.current = true;
    setValues((before) => ({ ...before, [name]: value }));
  };
  const clear = () => {
    isBegun.current = isTyped.current = true;
    setValues({});
    tell({});
  };
  const fill = () => {
    isBegun.current = isTyped.current = true;
    setValues(filledIn(block, example_.request));
    tell({});
  };
  const link = () => `${location.origin}/${formLink(block.name, withoutSecrets(block, args))}`;
  return html`<article class="block">
    <header class="title">
      <div class="row wrap">
        <h1>${block.title || block.name}</h1>
        <code>${block.name}</code>
        ${block.costs && html`<span class="tag">costs money</span>`}
        ${block.destructive && html`<span class="tag is-danger">cannot be undone</span>`}
        ${block.readOnly && html`<span class="tag">changes nothing</span>`}
        ${block.deprecated && html`<span class="tag is-danger">deprecated</span>`}
      </div>
      <p class="lead">${block.description}</p>
      <div class="row wrap between">
        <div class="segments" role="group" aria-label="How many">
          <button type="button" aria-pressed=${!isMany} onClick=${() => sendMany(false)}>One request</button>
          <button type="button" aria-pressed=${isMany} onClick=${() => sendMany(true)}>Many, from a CSV</button>
        </div>
        <${Copy} text=${link} label="Copy link" />
      </div>
    </header>
    ${isMany
      ? html`<${Bulk} block=${block} values=${values} change=${change} account=${account} />`
      : html`<div class="columns">
          <${Form}
            element=${form}
            block=${block}
            values=${values}
            change=${change}
            problems=${problems}
            hint=${result && !result.ok ? result.reply?.hint : ""}
            account=${account}
            isSending=${isSending}
            send=${send}
            fill=${example_ && fill}
            clear=${clear}
            args=${() => args}
          />
          <${Outcome} block=${block} args=${args} result=${result} preview=${preview} fetches=${fetches} account=${account} isSending=${isSending} example=${example_?.reply} />
        </div>`}
  </article>`;
}

/** Problems that were told and are still there; new ones are only told when somebody sends. */
function mended(before, now) {
  const kept = Object.entries(before).filter(([name]) => name in now);
  return Object.fromEntries(kept.map(([name]) => [name, now[name]]));
}

function focusFirst(form, problems) {
  requestAnimationFrame(() => {
    const first = [...(form?.querySelectorAll("[data-field]") ?? [])].find(({ dataset }) => dataset.field in problems);
    first?.closest("details:not([open])")?.setAttribute("open", "");
    (first?.querySelector("[aria-invalid]") ?? first?.querySelector("input, textarea, select, button, summary"))?.focus();
  });
}

/** The example as a form holds it; where an answer may stand in place of its address, it does: it needs no server. */
function filledIn(block, { authId, authToken, ...values }) {
  for (const { exactlyOne = [] } of block.rules) {
    const answer = block.args.find(({ name, format, example }) => format === "answer" && example && exactlyOne.includes(name));
    if (!answer) continue;
    for (const name of exactlyOne) delete values[name];
    values[answer.name] = answer.example;
  }
  return values;
}
