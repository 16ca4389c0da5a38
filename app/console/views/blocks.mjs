// All blocks, to be found, and the one that was chosen.
import { Icon } from "../parts/icon.mjs";
import { useSlash } from "../parts/slash.mjs";
import { Empty } from "../parts/states.mjs";
import { Welcome } from "../parts/welcome.mjs";
import { ask, manifest, search } from "../manifest.mjs";
import { go, route, to } from "../router.mjs";
import { useStore } from "../store.mjs";
import { classes, html, useEffect, useMemo, useRef, useState } from "../ui.mjs";
import { Block } from "./block.mjs";

export default function Blocks({ path }) {
  const { byName } = useStore(manifest);
  const { path: place, query } = useStore(route);
  const [name] = path;
  const block = byName.get(name);
  const isList = !name && place.length > 0;
  return html`<div class=${classes("split", name && "has-choice", isList && "is-list")}>
    ${isList && html`<h1 class="narrow">All blocks</h1>`}
    <${Finder} chosen=${name} />
    <div class="content">
      ${name && html`<a class="back" href="#/blocks"><${Icon} name="back" />All blocks</a>`}
      ${block
        ? html`<${Block} key=${`${block.name}?${query}`} block=${block} />`
        : name
          ? html`<${Empty} icon="search" title="There is no such block"><p>${name} is not a block of this connector.</p><//>`
          : html`<${Welcome} />`}
    </div>
  </div>`;
}

function Finder({ chosen }) {
  const known = useStore(manifest);
  const { blocks, groups } = known;
  const [text, type] = useState("");
  const input = useRef();
  const wanted = text.trim();
  const meant = useMeant(wanted);
  const found = useMemo(() => (wanted ? search(known, wanted, meant) : null), [wanted, meant, known]);
  useSlash(input);
  const list = useRef();
  // A link may lead to a block far down.
  useEffect(() => list.current.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }), [chosen]);
  // Who presses Enter before the answer is there goes where it leads.
  const isHurried = useRef(false);
  useEffect(() => {
    if (meant && isHurried.current && found.length) go("blocks", found[0].name);
    isHurried.current = false;
  }, [meant]);
  return html`<aside class="finder" aria-label="Blocks">
    <div class="search">
      <${Icon} name="search" />
      <input
        ref=${input}
        type="search"
        aria-label="Find a block"
        placeholder=${`Find one of ${blocks.length} blocks`}
        value=${text}
        onInput=${(event) => type(event.currentTarget.value)}
        onKeyDown=${(event) => {
          if (event.key !== "Enter" || !found) return;
          isHurried.current = !found.length;
          if (found.length) go("blocks", found[0].name);
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
    <p class="sr-only" role="status">${found && meant ? `${found.length} found` : ""}</p>
    <nav aria-label="Blocks" ref=${list}>
      ${found
        ? found.length
          ? html`<${List} blocks=${found} chosen=${chosen} />`
          : meant && html`<p class="note">Nothing fits. Try what it does: “send”, “call”, “record”.</p>`
        : [...groups].map(
            ([group, members]) => html`<details key=${group} open=${members.some(({ name }) => name === chosen) || OPEN.has(group)}>
              <summary>${group}<span class="count">${members.length}</span></summary>
              <${List} blocks=${members} chosen=${chosen} />
            </details>`,
          )}
    </nav>
  </aside>`;
}

const ASKED_AFTER = 120;

/** What the connector finds for a search; null while it is being asked, or while nobody searches. */
function useMeant(wanted) {
  const [told, tell] = useState({});
  useEffect(() => {
    if (!wanted) return;
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      const meant = await ask(wanted, stop.signal);
      if (!stop.signal.aborted) tell({ wanted, meant });
    }, ASKED_AFTER);
    return () => (clearTimeout(timer), stop.abort());
  }, [wanted]);
  return told.wanted === wanted ? told.meant : null;
}

const OPEN = new Set(["Messages", "Calls"]);

const List = ({ blocks, chosen }) => html`<ul>
  ${blocks.map(
    (block) => html`<li key=${block.name}>
      <a href=${to("blocks", block.name)} aria-current=${block.name === chosen ? "page" : null}>
        <span>${block.title || block.name}</span><code>${block.name}</code>
      </a>
    </li>`,
  )}
</ul>`;
