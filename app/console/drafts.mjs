// What somebody typed into a form lives in the browser's entry for the page: a reload or the back button loses nothing,
// and a link that is followed anew shows what it says. Without secrets and files.
import { withoutSecrets } from "./args.mjs";

const nameOf = (block, query) => `${block.name}?${query}`;

/** What was typed here; undefined while nobody typed anything. */
export function draft(block, query) {
  const { form, values } = globalThis.history.state ?? {};
  return form === nameOf(block, query) ? values : undefined;
}

export function keepDraft(block, query, values) {
  globalThis.history.replaceState({ form: nameOf(block, query), values: withoutSecrets(block, values) }, "");
}
