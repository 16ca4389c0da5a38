// Server-Sent Events with an Authorization header, which the browser's own EventSource cannot send.
import { authorization } from "./session.mjs";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
const DEAD_AFTER = 45_000; // a comment comes every 15 seconds: then nobody is there any more

/**
 * Follow a stream until the signal aborts; a lost connection is made again, after the last event that came.
 *
 * @param tell is given {event, data, id} of each event, data as text
 * @param told is given "open", "lost" or {refused: text} when the connection changes
 */
export async function follow(address, { tell, told = () => {}, signal }) {
  let last = "";
  let wait = FIRST_WAIT;
  while (!signal.aborted) {
    try {
      const headers = { ...authorization(), Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
      const response = await fetch(address, { headers, signal, cache: "no-store", credentials: "omit" });
      if (response.status >= 400 && response.status < 500 && response.status !== 429) {
        return told({ refused: await response.text() });
      }
      if (response.ok) {
        told("open");
        wait = FIRST_WAIT;
        for await (const event of eventsIn(response.body)) {
          if (event.id) last = event.id;
          tell(event);
        }
      }
    } catch {
      // Lost, or left: the loop knows which.
    }
    if (signal.aborted) return;
    told("lost");
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}

async function* eventsIn(body) {
  let rest = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const watchdog = setTimeout(() => reader.cancel(), DEAD_AFTER);
    const { done, value } = await reader.read();
    clearTimeout(watchdog);
    if (done) return;
    const parts = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const event = { event: "message", data: "", id: "" };
      for (const line of part.split("\n")) {
        const [, name, text] = /^(\w+): ?(.*)$/s.exec(line) ?? [];
        if (name === "data") event.data += (event.data && "\n") + text;
        else if (name in event) event[name] = text;
      }
      if (event.data) yield event;
    }
  }
}

const pause = (milliseconds, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
