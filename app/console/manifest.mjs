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
    // What is deprecated comes last in its group: nobody should begin with it.
    for (const block of blocks.toSorted((a, b) => a.deprecated - b.deprecated)) {
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

/**
 * Blocks that a search finds, best first: every word must begin a word of the block.
 *
 * @param text what is typed so far
 * @param meant names of blocks that the connector finds for it: it knows other words for the same. They come behind what
 *   has the words in its title or name, and before what has them in its keywords alone. Null while it is being asked:
 *   then only what stays on top is told, so that nothing jumps
 */
export function search({ blocks, byName }, text, meant) {
  const wanted = words(text);
  const joined = wanted.join("");
  const scored = [];
  for (const block of blocks) {
    const name = block.name.toLowerCase();
    const fits = wanted.every((word) => block.found.some((known) => known.startsWith(word)));
    if (!fits && !name.includes(joined)) continue;
    const title = words(block.title);
    const hits = wanted.filter((word) => title.some((known) => known.startsWith(word))).length;
    const score = hits * 4 + (2 * hits) / title.length + (name.startsWith(joined) ? 3 : 0) - block.deprecated * 5 - block.name.length / 100;
    scored.push({ block, score, isNamed: hits === wanted.length || name.includes(joined) });
  }
  scored.sort((a, b) => b.score - a.score);
  const those = (isNamed) => scored.filter((each) => each.isNamed === isNamed).map(({ block }) => block);
  if (!meant) return those(true);
  return [...new Set([...those(true), ...meant.map((name) => byName.get(name)).filter(Boolean), ...those(false)])];
}

/** Ask the connector which blocks a question is about: their names, none where it does not answer. */
export async function ask(text, signal) {
  try {
    const response = await fetch(`/console/search?${new URLSearchParams({ query: text })}`, { signal });
    return response.ok ? (await response.json()).blocks : [];
  } catch {
    return [];
  }
}
