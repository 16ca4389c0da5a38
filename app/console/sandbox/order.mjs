// Ordering something of the sandbox, with what it says when it does not want to.
import { sandbox as send } from "../api.mjs";
import { useState } from "../ui.mjs";

/** [order(path, fields) → the reply or null, what is wrong, whether an order is on its way] */
export function useOrders() {
  const [problem, tell] = useState("");
  const [isBusy, setBusy] = useState(false);
  const order = async (path, fields = {}) => {
    setBusy(true);
    const { ok, reply } = await send(`control/${path}`, fields);
    setBusy(false);
    tell(ok ? "" : sentence(String(reply.error ?? "The sandbox did not say why.")));
    return ok ? reply : null;
  };
  return [order, problem, isBusy];
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
