// The blocks: fetched once, searched here.
import { Store } from "./store.mjs";

/** {blocks, groups, byName}, or {problem} where they could not be fetched; null until then. */
export const manifest = new Store(null);

/** Groups that most people come for; the others follow in alphabetical order. */
const FIRST = ["Messages", "Calls", "Answers", "Numbers", "Events", "Verify", "Lookup"];

const whole = new Map();

export async function load() {
  try {
    const response = await fetch("/api/Plivo");
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const { blocks } = await response.json();
    const groups = new Map();
    for (const block of blocks) {
      block.found = words([block.name, block.title, block.group, ...block.keywords].join(" "));
      if (!groups.has(block.group)) groups.set(block.group, []);
      groups.get(block.group).push(block);
    }
    const rank = (group) => (FIRST.includes(group) ? FIRST.indexOf(group) : FIRST.length);
    const inOrder = [...groups].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
    manifest.set({ blocks, groups: new Map(inOrder), byName: new Map(blocks.map((block) => [block.name, block])) });
  } catch (error) {
    manifest.set({ problem: `The list of blocks could not be fetched (${error.message}).` });
  }
}

/** Return a block with its example. */
export function example(name) {
  if (!whole.has(name)) {
    const asked = fetch(`/api/Plivo/${encodeURIComponent(name)}`).then((response) => response.json());
    whole.set(name, asked);
    asked.catch(() => whole.delete(name));
  }
  return whole.get(name);
}

const words = (text) =>
  text
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);

/** Blocks that a search finds, best first: every word must begin a word of the block. */
export function search(blocks, text) {
  const wanted = words(text);
  if (!wanted.length) return blocks;
  const joined = wanted.join("");
  const scored = [];
  for (const block of blocks) {
    const name = block.name.toLowerCase();
    const fits = wanted.every((word) => block.found.some((known) => known.startsWith(word)));
    if (!fits && !name.includes(joined)) continue;
    const title = words(block.title);
    const hits = wanted.filter((word) => title.some((known) => known.startsWith(word))).length;
    scored.push([hits * 4 + (2 * hits) / title.length + (name.startsWith(joined) ? 3 : 0) - block.deprecated * 5 - block.name.length / 100, block]);
  }
  return scored.sort((a, b) => b[0] - a[0]).map(([, block]) => block);
}
