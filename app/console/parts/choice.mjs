// A drop-down that can be searched: an input with a list below it (the ARIA combobox pattern).
import { classes, html, useEffect, useId, useRef, useState } from "../ui.mjs";

const SHOWN = 200;

/**
 * @param choices [{value, label}], or a function (search) → promise of {choices} or {problem}
 * @param isOpen other values than those of the list pass as well
 * @param pick is told the value that was chosen; with keep=false the input is emptied then
 */
export function Choice({ id, value = "", choices, isOpen, pick, keep = true, placeholder, ...aria }) {
  const [typed, type] = useState(null);
  const [list, show] = useState(null);
  const [active, activate] = useState(-1);
  const listId = useId();
  const box = useRef();
  const asked = useRef(0);
  const labels = useRef(new Map());
  const isStatic = Array.isArray(choices);

  const find = async (search) => {
    const turn = ++asked.current;
    if (isStatic) return show({ choices: fitting(choices, search) });
    show((before) => ({ ...before, isLoading: true }));
    const found = await choices(search);
    for (const choice of found.choices ?? []) labels.current.set(String(choice.value), choice.label);
    if (turn === asked.current) show(found);
  };
  const close = () => {
    asked.current++;
    show(null);
    activate(-1);
  };
  const take = (choice) => {
    type(null);
    close();
    pick(choice.value);
  };
  const leave = () => {
    close();
    if (typed === null) return;
    const text = typed.trim();
    type(null);
    if (!text) return keep && pick("");
    const fits = isStatic && choices.find((choice) => same(choice.value, text) || same(choice.label, text));
    if (fits) pick(fits.value);
    else if (isOpen) pick(text);
  };
  const onKeyDown = (event) => {
    const shown = list?.choices ?? [];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!list) return void find("");
      const step = event.key === "ArrowDown" ? 1 : -1;
      activate(shown.length ? (active + step + shown.length) % shown.length : -1);
    } else if (event.key === "Enter" && list) {
      event.preventDefault();
      if (shown[active]) take(shown[active]);
      else leave();
    } else if (event.key === "Enter" && typed !== null) {
      event.preventDefault();
      leave();
    } else if (event.key === "Escape" && list) {
      event.preventDefault();
      type(null);
      close();
    }
  };
  useEffect(() => {
    box.current?.querySelector(".is-active")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  // The list of a field far down would open below what can be seen.
  useEffect(() => {
    if (list) box.current.lastElementChild.scrollIntoView({ block: "nearest" });
  }, [list]);

  const chosen = isStatic ? choices.find((choice) => choice.value === value)?.label : labels.current.get(String(value));
  return html`<div class="choice" ref=${box}>
    <input
      id=${id}
      role="combobox"
      aria-expanded=${Boolean(list)}
      aria-controls=${listId}
      aria-autocomplete="list"
      aria-activedescendant=${active >= 0 ? `${listId}-${active}` : null}
      autocomplete="off"
      spellcheck=${false}
      placeholder=${placeholder}
      value=${typed ?? (chosen && chosen !== String(value) ? `${chosen} (${value})` : String(value))}
      onInput=${(event) => {
        type(event.currentTarget.value);
        if (isOpen && keep) pick(event.currentTarget.value);
        activate(-1);
        find(event.currentTarget.value);
      }}
      onClick=${() => !list && find("")}
      onBlur=${leave}
      onKeyDown=${onKeyDown}
      ...${aria}
    />
    <ul id=${listId} role="listbox" aria-label="Choices" hidden=${!list}>
      ${list?.choices?.slice(0, SHOWN).map(
        (choice, index) => html`<li
          id=${`${listId}-${index}`}
          key=${choice.value}
          role="option"
          aria-selected=${choice.value === value}
          class=${classes(index === active && "is-active")}
          onMouseDown=${(event) => {
            event.preventDefault();
            take(choice);
          }}
        >
          ${choice.label}${choice.label !== String(choice.value) && html`<small>${choice.value}</small>`}
        </li>`,
      )}
      ${list && !list.choices?.length && html`<li class="note" role="option" aria-disabled="true" aria-selected="false">
        ${list.isLoading ? "Looking …" : list.problem ?? (isOpen ? "Nothing listed fits; what you type is taken." : "Nothing fits.")}
      </li>`}
    </ul>
  </div>`;
}

const same = (a, b) => String(a).toLowerCase() === b.toLowerCase();

function fitting(choices, search) {
  const wanted = search.trim().toLowerCase();
  return choices.filter(({ value, label }) => `${label} ${value}`.toLowerCase().includes(wanted));
}
