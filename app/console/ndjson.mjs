// A bulk as it goes: a line for each result and each second's count, as they come.
import { opened } from "./api.mjs";
import { parse } from "./json.mjs";
import { authorization } from "./session.mjs";

/**
 * Send a bulk and tell of each line; returns {problem} where none was begun, else nothing.
 *
 * @param form fields that all rows have in common, and the file
 */
export async function runBulk(block, form, key, tell, signal) {
  const headers = { ...authorization(), Accept: "application/x-ndjson" };
  if (key) headers["Idempotency-Key"] = key;
  const response = await fetch(`/api/Plivo/${encodeURIComponent(block)}/bulk`, { method: "POST", headers, body: form, signal });
  if (!response.headers.get("content-type")?.includes("ndjson")) {
    const { reply } = opened(await response.text());
    return { problem: reply };
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : lines.pop();
    const told = lines.filter((line) => line.trim()).map(parse);
    if (told.length) tell(told);
    if (done) return {};
  }
}
