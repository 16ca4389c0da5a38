// What happened to a message or a call, step by step.
import { sandbox as ask } from "../api.mjs";
import { Copy } from "../parts/copy.mjs";
import { Loading } from "../parts/states.mjs";
import { to } from "../router.mjs";
import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "../ui.mjs";
import { span, Time } from "./times.mjs";
import { indented } from "../xml.mjs";

/**
 * @param turn changes whenever there may be a new step
 * @param asks the request that waits for an answer, if one does
 */
export function Timeline({ uuid, turn, asks }) {
  const [steps, show] = useState(null);
  const [problem, tell] = useState("");
  const asked = useRef(0);
  const list = useRef(null);
  const follows = useRef(false);
  useEffect(() => {
    const mine = ++asked.current;
    ask(`control/timeline/${encodeURIComponent(uuid)}`).then(({ ok, reply }) => {
      if (mine !== asked.current) return;
      follows.current = isSeen(list.current?.lastElementChild);
      if (ok) show(reply.timeline);
      tell(ok ? "" : reply.error);
    });
  }, [uuid, turn]);
  // Who sees the newest step sees the next one too; who reads further up is left alone.
  useLayoutEffect(() => {
    if (follows.current) list.current?.lastElementChild?.scrollIntoView({ block: "nearest" });
  }, [steps]);
  return html`<section class="timeline" aria-label="Timeline">
    <h2>Timeline</h2>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${steps
      ? html`<ol ref=${list}>${steps.map((step, index) => html`<${Step} key=${`${step.at}-${index}`} step=${step} />`)}
          ${asks && html`<li class="is-wait pending"><span></span><div class="said"><span class="what">Waits for an answer</span><p class="address">${asks}</p></div></li>`}</ol>`
      : !problem && html`<${Loading} />`}
  </section>`;
}

const isSeen = (element) => Boolean(element) && element.getBoundingClientRect().bottom <= innerHeight;

const TONES = {
  ended: "end",
  delivered: "good",
  answered: "good",
  undelivered: "bad",
  failed: "bad",
  refused: "bad",
  skipped: "warn",
  silence: "warn",
  "invalid XML": "bad",
  "not asked for": "warn",
  waiting: "wait",
  pressed: "hand",
  said: "hand",
  request: "out",
  page: "in",
};

function Step({ step }) {
  const { title, badge, tone = TONES[step.step] ?? (isElement(step.step) ? "element" : "plain"), body } = told(step);
  return html`<li class=${`is-${tone}`}>
    <${Time} at=${step.at} isExact />
    <div class="said">
      <div class="row tight wrap"><span class="what">${title}</span>${badge}</div>
      ${body}
    </div>
  </li>`;
}

const isElement = (name) => /^[A-Z]/.test(name);

/** What there is to say of a step. */
function told(step) {
  const { at, step: name, ...rest } = step;
  switch (name) {
    case "request":
      return request(rest);
    case "page":
      return {
        title: `${rest.kind} page`,
        badge: html`<span class="tag">XML</span>`,
        body: html`<${Xml} xml=${rest.xml} />`,
      };
    case "begins":
      return { title: rest.direction === "inbound" ? "A call comes in" : "The call is made" };
    case "received":
      return { title: "A message comes in" };
    case "waiting":
      return { title: `Waits for ${kinds(rest.kind)}`, badge: html`<span class="tag">${span(Math.ceil(rest.seconds))}</span>` };
    case "pressed":
      return { title: "Pressed", badge: html`<kbd>${rest.digits}</kbd>` };
    case "said":
      return { title: "Said", body: html`<blockquote>${rest.text}</blockquote>` };
    case "heard":
      return rest.text
        ? { title: `Heard ${kinds(rest.kind)}`, badge: html`<kbd>${rest.text}</kbd>` }
        : { title: "Heard nothing in time", tone: "warn" };
    case "not asked for":
      return { title: `Nobody asked for ${kinds(rest.kind)}` };
    case "leg":
      return { title: "Rings", badge: html`<a href=${to("sandbox", "calls", rest.call_uuid)}>${rest.to}</a>` };
    case "joined":
      return rest.call_uuid
        ? { title: "Joined with", badge: html`<a href=${to("sandbox", "calls", rest.call_uuid)}>the other call</a>` }
        : { title: rest.mpc_uuid ? "Joins the multiparty call" : "Joins the conference", body: attributes(rest) };
    case "machine":
      return { title: "An answering machine takes it" };
    case "transfer":
      return { title: "Transferred", body: html`<p class="address">${rest.url}</p>` };
    case "replied":
      return { title: "Replied", body: html`<blockquote>${rest.text}</blockquote>` };
    case "silence":
      return { title: "Silence on the line", body: html`<p class="info">${rest.reason}</p>` };
    case "ended":
      return { title: `Ended: ${rest.state}`, body: rest.cause && html`<p class="info">${rest.cause}, by ${rest.source}</p>` };
  }
  if (isElement(name)) return element(name, rest);
  const { reason, ...others } = rest;
  return { title: name[0].toUpperCase() + name.slice(1), body: [reason && html`<p class="info">${reason}</p>`, attributes(others)] };
}

const kinds = (kind) =>
  kind
    .split(" ")
    .map((each) => (each === "dtmf" ? "keys" : "words"))
    .join(" or ");

function element(name, { text, ...rest }) {
  return {
    title: html`<code>${name}</code>`,
    body: [text && (/^https?:\/\//.test(text) ? html`<p class="address" title=${text}>${text}</p>` : html`<blockquote>${text}</blockquote>`), attributes(rest)],
  };
}

function attributes(values) {
  const pairs = Object.entries(values).filter(([, value]) => value !== null && value !== "");
  return (
    pairs.length > 0 &&
    html`<p class="attributes">${pairs.map(([name, value]) => html`<span key=${name} title=${String(value)}><span class="dim">${name}</span> ${String(value)}</span>`)}</p>`
  );
}

const PURPOSES = { StartApp: "Answer URL", Ring: "Ring URL", Hangup: "Hangup URL", MachineDetection: "Machine detection" };

/** What a request was made for, as its parameters tell. */
function purpose({ Event: event, Status: status, Digits, Speech, Text, Body, MessageUUID: message, RecordUrl, ConferenceAction, DialAction, DialStatus }) {
  if (PURPOSES[event]) return PURPOSES[event];
  if (status && message) return `Report: ${status}`;
  if (message && (Text !== undefined || Body !== undefined)) return "Message URL";
  if (RecordUrl) return "Recording";
  if (ConferenceAction) return `Conference: ${ConferenceAction}`;
  if (DialAction || DialStatus) return `Dial: ${DialAction ?? DialStatus}`;
  return Digits || Speech ? "Input" : "Request";
}

function request({ url, method, parameters, status, ms, error, reply, fault }) {
  const isGood = status >= 200 && status < 300;
  return {
    title: purpose(parameters),
    tone: isGood ? "out" : "bad",
    badge: html`<span class=${classes("state", isGood ? "is-good" : "is-bad")}>${status ?? "no answer"}</span>
      <span class="dim">${ms} ms</span>
      ${fault && html`<span class="tag is-danger">fault</span>`}`,
    body: html`<p class="address" title=${url}><strong>${method}</strong> ${url}</p>
      ${error && html`<p class="problem">${error}</p>`}
      ${fault && html`<p class="info">Broken by the fault that you ordered (${[fault.status && `status ${fault.status}`, fault.delay > 0 && `${fault.delay} s late`].filter(Boolean).join(", ") || "no effect"}).</p>`}
      ${reply && html`<pre tabindex="0" role="group" aria-label="What came back">${reply}</pre>`}
      <${Sent} parameters=${parameters} />`,
  };
}

const Sent = ({ parameters }) => html`<details>
  <summary>What was sent<span class="count">${Object.keys(parameters).length}</span></summary>
  <dl class="facts">${Object.entries(parameters).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</details>`;

/** Addresses are shortened to be read; what is copied is all of it. */
function Xml({ xml }) {
  const shown = indented(xml).replace(/[^\s"<>]{50,}/g, (run) => `${run.slice(0, 32)}…`);
  return html`<details open=${shown.length < 1500}>
    <summary>XML</summary>
    <div class="copied"><pre tabindex="0" role="group" aria-label="XML">${shown}</pre><${Copy} text=${xml} /></div>
  </details>`;
}
