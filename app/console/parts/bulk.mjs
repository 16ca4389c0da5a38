// The same block for every row of a CSV, with what became of each.
import { argsOf } from "../args.mjs";
import { peek, textOf } from "../csv.mjs";
import { runBulk } from "../ndjson.mjs";
import { classes, html, useRef, useState } from "../ui.mjs";
import { Field } from "./field.mjs";
import { Send, parts } from "./form.mjs";
import { Icon } from "./icon.mjs";
import { Copy } from "./copy.mjs";

const SHOWN = 200;

export function Bulk({ block, values, change, account }) {
  const [table, setTable] = useState("");
  const [name, setName] = useState("");
  const [unread, tell] = useState("");
  const [key, setKey] = useState("");
  const [skips, setSkips] = useState(false);
  const [run, setRun] = useState(null);
  const stop = useRef();
  const { columns, rows } = peek(table);
  const known = new Set(["ref", "idempotencyKey", ...block.args.map((arg) => arg.name)]);
  const { first, more } = parts(block);
  const common = Object.fromEntries(Object.entries(values).filter(([each]) => !columns.includes(each)));

  const take = async (file) => {
    if (!file) return;
    try {
      setTable(await textOf(file));
      setName(file.name);
      tell("");
    } catch (error) {
      setTable("");
      setName("");
      tell(error.message);
    }
    // What became of another file's rows says nothing of this one.
    if (!run?.isRunning) setRun(null);
  };
  const send = async (event) => {
    event.preventDefault();
    const form = new FormData();
    const args = { ...argsOf(block, common), ...(skips ? { skipInvalid: true } : {}) };
    for (const [each, value] of Object.entries(args)) form.append(each, typeof value === "object" ? JSON.stringify(value) : String(value));
    form.append("file", new File([table], name || "rows.csv", { type: "text/csv" }));
    stop.current = new AbortController();
    let state = { isRunning: true, results: [], counts: null };
    const show = (changed) => setRun((state = { ...state, ...changed }));
    show({});
    try {
      const { problem } = await runBulk(
        block.name,
        form,
        key,
        (lines) => {
          const results = lines.filter((line) => "index" in line);
          const counts = lines.filter((line) => "total" in line).at(-1);
          show({ results: [...state.results, ...results], counts: counts ?? state.counts });
        },
        stop.current.signal,
      );
      show({ isRunning: false, problem });
    } catch (error) {
      const isStopped = error.name === "AbortError";
      show({ isRunning: false, problem: { status_msg: isStopped ? "You stopped watching. What was begun is finished; with the same key you can send the rest." : "The connection was lost. With the same key the same file can be sent again: nothing goes out twice." } });
    }
  };

  return html`<form class="columns" onSubmit=${send}>
    <div class="form">
      <div class="field">
        <span class="label">Table</span>
        <label class=${classes("drop", table && "is-filled")} onDragOver=${(event) => event.preventDefault()} onDrop=${(event) => (event.preventDefault(), take(event.dataTransfer.files[0]))}>
          <${Icon} name="upload" />
          <span>${name || "Choose a CSV, or drop it here"}</span>
          <input type="file" class="sr-only" accept=".csv,text/csv,text/plain" aria-label="CSV file" onChange=${(event) => (take(event.currentTarget.files[0]), (event.currentTarget.value = ""))} />
        </label>
        ${unread && html`<p class="problem" role="alert">${unread}</p>`}
        <textarea class="mono" rows="5" aria-label="Rows, as CSV" placeholder=${`ref,${first.map((arg) => arg.name).slice(0, 3).join(",")}`} value=${table} spellcheck=${false} onInput=${(event) => setTable(event.currentTarget.value)}></textarea>
        <p class="info">The first line names the fields. A column <code>ref</code> is yours: it comes back with the result.</p>
      </div>
      ${columns.length > 0 && html`<${Columns} columns=${columns} rows=${rows} known=${known} />`}
      <details class="more">
        <summary>The same for all rows<span class="count">${Object.keys(argsOf(block, common)).length}</span></summary>
        <div class="stack">
          ${[...first, ...more].filter((arg) => !columns.includes(arg.name) && arg.type !== "File").map(
            (arg) => html`<${Field} key=${arg.name} arg=${arg} value=${values[arg.name]} change=${(value) => change(arg.name, value)} context=${{ block: block.name, args: () => argsOf(block, common) }} />`,
          )}
        </div>
      </details>
      <label class="field">
        <span class="label">Idempotency key</span>
        <input value=${key} placeholder="such as reminders for 28 May" onInput=${(event) => setKey(event.currentTarget.value)} />
        <span class="info">Sent again under the same key, no row goes out twice: each is known by its content.</span>
      </label>
      <label class="check"><input type="checkbox" checked=${skips} onChange=${(event) => setSkips(event.currentTarget.checked)} /><span>Send the others where a row does not fit (<code>skipInvalid</code>)</span></label>
      <div class="send-bar">
        <${Send} block=${block} account=${account} isSending=${run?.isRunning} label=${account.sandbox ? "Send all" : "Send all for real"} />
        ${run?.isRunning && html`<button type="button" onClick=${() => stop.current.abort()}>Stop watching</button>`}
      </div>
    </div>
    <section class="outcome" aria-label="What became of the rows">${run ? html`<${Progress} run=${run} />` : html`<p class="hint">Choose a table and send it: what became of each row stands here.</p>`}</section>
  </form>`;
}

const Columns = ({ columns, rows, known }) => html`<div class="table-box" tabindex="0" role="region" aria-label="First rows">
  <table>
    <thead><tr>${columns.map((column) => html`<th scope="col" class=${classes(!known.has(column) && "is-bad")}>${column}${!known.has(column) && html`<small>not a field</small>`}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${columns.map((_, at) => html`<td>${row[at] ?? ""}</td>`)}</tr>`)}</tbody>
  </table>
</div>`;

function Progress({ run: { isRunning, results, counts, problem } }) {
  const done = results.length;
  const failed = results.filter(({ callback }) => callback === "error").length;
  const total = counts?.total ?? 0;
  const shown = [...results].sort((a, b) => (a.callback === b.callback ? a.index - b.index : a.callback === "error" ? -1 : 1));
  return html`
    ${(isRunning || done > 0) &&
    html`<progress max=${total || 1} value=${total ? done : isRunning ? null : 1} aria-label="Rows that are done"></progress>`}
    <p role="status">${(isRunning || done > 0) && html`<strong>${done}</strong>${total ? ` of ${total}` : ""} done, <strong>${failed}</strong> failed${counts?.secondsLeft && isRunning ? `, about ${Math.ceil(counts.secondsLeft)} s left` : ""}`}</p>
    ${problem &&
    html`<div class="callout is-danger" role="alert">
      <strong>${problem.status_msg}</strong>
      ${problem.hint && html`<p>${problem.hint}</p>`}
      ${Object.entries(problem.errors ?? {}).map(([name, reason]) => html`<p><code>${name}</code> ${reason}</p>`)}
      ${(problem.items ?? []).slice(0, SHOWN).map((item) => html`<p>Row ${item.index + 1}${item.ref ? ` (${item.ref})` : ""}: ${reasonOf(item)}</p>`)}
    </div>`}
    ${counts?.hint && html`<p class="callout">${counts.hint}</p>`}
    ${done > 0 &&
    html`<div class="table-box" tabindex="0" role="region" aria-label="Results">
        <table>
          <thead><tr><th scope="col">Row</th><th scope="col">Ref</th><th scope="col">Result</th><th scope="col">Details</th></tr></thead>
          <tbody>${shown.slice(0, SHOWN).map(
            (each) => html`<tr key=${each.index}>
              <td>${each.index + 1}</td><td>${each.ref ?? ""}</td>
              <td><span class=${`state ${each.callback === "success" ? "is-good" : "is-bad"}`}>${each.callback === "success" ? "success" : each.result?.status_code}</span></td>
              <td>${each.callback === "success" ? each.result?.message_uuid?.[0] ?? each.result?.message ?? "" : reasonOf(each.result)}</td>
            </tr>`,
          )}</tbody>
        </table>
      </div>
      ${shown.length > SHOWN && html`<p class="info">The first ${SHOWN} are shown, failed ones before others.</p>`}
      <div class="row end"><${Copy} text=${() => results.map((each) => JSON.stringify(each)).join("\n")} label="Copy all results" /></div>`}
  `;
}

function reasonOf(told) {
  const errors = Object.entries(told?.errors ?? {}).map(([name, reason]) => `${name} ${reason}`);
  // What is missing stands in the hint alone.
  if (told?.hint && (!errors.length || told.status_code === "REQUIRED_FIELDS")) errors.push(told.hint);
  const reason = errors.join("; ") || told?.status_msg;
  return typeof reason === "string" ? reason : JSON.stringify(reason);
}
