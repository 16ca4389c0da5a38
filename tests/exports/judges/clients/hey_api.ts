// Calls the service through what @hey-api/openapi-ts makes, and tells what came back.

import { getManifest, getMessages, getOptions, isReady, makeCall, runBulk, sendMessage, uploadMedia } from "./generated";
import { client } from "./generated/client.gen";

async function main(): Promise<void> {
  client.setConfig({ auth: () => "MASANDBOX00000000000:sandbox" });
  const message = { src: "14155550100", destination: ["14155550123"], text: "Hello" };
  const headers = { "Idempotency-Key": "hey-api" };

  const { data: sent } = await sendMessage({ body: message, headers });
  const { data: again } = await sendMessage({ body: message, headers });
  const { data: refused } = await sendMessage({ body: { destination: ["14155550123"] } });
  const { data: listed } = await getMessages({ body: { limit: 1 } });
  const { data: uploaded } = await uploadMedia({ body: { file: [`${client.getConfig().baseUrl}/healthz`] } });
  const { data: fired } = await makeCall({
    body: { callFrom: "14155550100", callTo: ["14155550123"], answerUrl: "https://example.com/answer" },
  });
  const { data: bulk } = await runBulk({
    path: { block: "sendMessage" },
    body: { args: { src: "14155550100", text: "Hi" }, items: [{ destination: "14155550123", ref: "a" }] },
  });
  const { data: choices } = await getOptions({ path: { block: "makeCall", arg: "answerMethod" }, body: { limit: 5 } });
  const { data: ready } = await isReady();
  const { data: manifest } = await getManifest({ query: { blocks: "sendMessage,makeCall" } });

  if (sent?.callback !== "success" || again?.callback !== "success") throw new Error("refused");
  if (listed?.callback !== "success" || fired?.callback !== "success") throw new Error("refused");
  if (uploaded?.callback !== "success") throw new Error("refused");
  if (bulk?.callback !== "success" || choices?.callback !== "success") throw new Error("refused");
  if (refused?.callback !== "error") throw new Error("accepted");
  console.log(
    JSON.stringify({
      sent: sent.contextWrites.to?.message_uuid?.length,
      repeated: again.contextWrites.to?.message_uuid?.[0] === sent.contextWrites.to?.message_uuid?.[0],
      refused: refused.contextWrites.to?.status_code,
      listed: listed.contextWrites.to?.objects?.length,
      uploaded: uploaded.contextWrites.to?.objects?.length,
      fired: fired.contextWrites.to?.message,
      bulk: bulk.contextWrites.to?.results.map((result) => [result.ref, result.callback]),
      choices: choices.contextWrites.to?.map((choice) => choice.value),
      ready: ready?.status,
      blocks: (manifest?.blocks as unknown[]).length,
    }),
  );
}

void main();
