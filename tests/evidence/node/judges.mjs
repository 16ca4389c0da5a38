// Lets tests in Python call what others wrote for Node: one process, a line of calls in, a line of outcomes out.
//
// A line is a JSON array of calls, each [name, ...arguments]; the answer has {returned} or {raised} for each.

import { createInterface } from "node:readline";

import plivo from "plivo";
import plivoSecurity from "plivo/dist/utils/security.js";
import standardwebhooks from "standardwebhooks";
import { Webhook } from "svix";

const judges = {
  plivoV3: plivo.validateV3Signature,
  plivoV2: plivo.validateSignature,
  plivoV1: plivoSecurity.verifyOldSignature,
  standardWebhooks: (secret, body, headers) => new standardwebhooks.Webhook(secret).verify(body, headers),
  svix: (secret, body, headers) => new Webhook(secret).verify(body, headers),
};

function outcome([name, ...given]) {
  try {
    return { returned: judges[name](...given) };
  } catch (fault) {
    return { raised: String(fault) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(JSON.parse(line).map(outcome))}\n`);
}
