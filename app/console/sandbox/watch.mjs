// What there is in the sandbox, while it changes.
import { Store } from "../store.mjs";
import { follow } from "../stream.mjs";

const IDS = { message: "message_uuid", call: "call_uuid", number: "number", application: "app_id" };

const nothing = () => ({
  message: new Map(),
  call: new Map(),
  number: new Map(),
  application: new Map(),
  faults: {},
  clock: { ahead: 0 },
});

/** {isKnown, says, …what there is}: whether we were told yet what there is, and what is wrong with the connection. */
export const sandbox = new Store({ isKnown: false, says: "", ...nothing() });

/** Watch until the returned function is called. */
export function watch() {
  const stop = new AbortController();
  let there = nothing();
  let isWhole = false;
  let timer = null;
  const show = () => {
    timer = null;
    if (isWhole) sandbox.set({ ...sandbox.value, ...there, isKnown: true, says: "" });
  };
  sandbox.set({ isKnown: false, says: "", ...there });
  follow("/sandbox/control/stream", {
    signal: stop.signal,
    tell({ event, data }) {
      const value = JSON.parse(data);
      if (event === "reset") [there, isWhole] = [nothing(), false];
      else if (event === "ready") isWhole = true;
      else if (event === "gone") there[value.kind]?.delete(value.id);
      else if (event in IDS) there[event].set(value[IDS[event]], value);
      else there[event] = value;
      // Many come at one time. Until all is told, what was shown before stays: nothing jumps.
      timer ??= setTimeout(show);
    },
    told(now) {
      if (now === "open") return;
      const says = now.refused
        ? "The sandbox does not know these credentials. Choose others at the top right."
        : "The connection was lost. Connecting again …";
      sandbox.set({ ...sandbox.value, says });
    },
  });
  return () => (stop.abort(), clearTimeout(timer));
}
