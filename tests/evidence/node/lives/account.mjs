// The account itself, its applications and its numbers.

import { gone } from "../watched.mjs";

const ANSWER = "https://example.com/answer";
const THEIRS = "14155550123";
const authId = process.argv[3];

export async function accounts({ accounts, subaccounts, token }) {
  await accounts.update({ city: "Berlin" });
  await accounts.get();
  const { authId: branch } = await subaccounts.create("branch", true);
  await subaccounts.update(branch, "closed", false);
  await subaccounts.get(branch);
  await subaccounts.list();
  await subaccounts.delete(branch, true);
  await gone("subaccounts", branch);
  await token.create(authId, { sub: "alice", incoming_allow: true });
}

export async function applications({ applications, endpoints }) {
  const { appId } = await applications.create("shop", { answerUrl: ANSWER });
  await applications.update(appId, { answerUrl: `${ANSWER}2` });
  await applications.get(appId);
  await applications.list({ limit: 5 });
  const { endpointId } = await endpoints.create("zumba", "secret", "z", appId);
  await endpoints.update(endpointId, { alias: "new" });
  await endpoints.get(endpointId);
  await endpoints.list({ limit: 5 });
  await endpoints.delete(endpointId);
  await gone("endpoints", endpointId);
  await applications.delete(appId, { cascade: false });
  await gone("applications", appId);
}

export async function numbers({ numbers, pricings, lookup }) {
  const found = await numbers.search("US", { pattern: "415" });
  const number = found[0]?.number;
  await numbers.buy(number);
  await numbers.update(number, { alias: "main line" });
  await numbers.get(number);
  await numbers.list({ numberStartswith: "1415" });
  await numbers.unrent(number);
  await gone("numbers", number);
  await numbers.addOwnNumber("18555550123", "19000000000000", "United States");
  await pricings.get("DE");
  await lookup.get(THEIRS);
}
