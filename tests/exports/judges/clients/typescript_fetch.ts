// Calls the service through what openapi-generator makes for TypeScript, and tells what came back.

import { CallsApi, ChoicesApi, Configuration, HealthApi, ManifestApi, ManyAtOnceApi, MessagesApi } from "./generated";

async function main(): Promise<void> {
  const account = new Configuration({ username: "MASANDBOX00000000000", password: "sandbox" });
  const messages = new MessagesApi(account);
  const message = { src: "14155550100", destination: ["14155550123"], text: "Hello" };

  const sent = await messages.sendMessage({ sendMessageRequest: message, idempotencyKey: "typescript-fetch" });
  const again = await messages.sendMessage({ sendMessageRequest: message, idempotencyKey: "typescript-fetch" });
  const refused = await messages.sendMessage({ sendMessageRequest: { destination: ["14155550123"] } });
  const listed = await messages.getMessages({ getMessagesRequest: { limit: 1 } });
  const uploaded = await messages.uploadMedia({ file: [new Blob(["Hello"], { type: "text/plain" })] });
  const fired = await new CallsApi(account).makeCall({
    makeCallRequest: { callFrom: "14155550100", callTo: ["14155550123"], answerUrl: "https://example.com/answer" },
  });
  const bulk = await new ManyAtOnceApi(account).runBulk({
    block: "sendMessage",
    runBulkRequest: { args: { src: "14155550100", text: "Hi" }, items: [{ destination: "14155550123", ref: "a" }] },
  });
  const choices = await new ChoicesApi(account).getOptions({
    block: "makeCall",
    arg: "answerMethod",
    getOptionsRequest: { limit: 5 },
  });
  const ready = await new HealthApi(account).isReady();
  const manifest = await new ManifestApi(account).getManifest({ blocks: "sendMessage,makeCall" });

  if (sent.callback === "error" || again.callback === "error" || listed.callback === "error") throw new Error("refused");
  if (uploaded.callback === "error" || fired.callback === "error") throw new Error("refused");
  if (bulk.callback === "error" || choices.callback === "error") throw new Error("refused");
  if (refused.callback !== "error") throw new Error("accepted");
  console.log(
    JSON.stringify({
      sent: sent.contextWrites.to?.messageUuid?.length,
      repeated: again.contextWrites.to?.messageUuid?.[0] === sent.contextWrites.to?.messageUuid?.[0],
      refused: refused.contextWrites.to?.statusCode,
      listed: listed.contextWrites.to?.objects?.length,
      uploaded: uploaded.contextWrites.to?.objects?.length,
      fired: fired.contextWrites.to?.message,
      bulk: bulk.contextWrites.to?.results.map((result) => [result.ref, result.callback]),
      choices: choices.contextWrites.to?.map((choice) => choice.value),
      ready: ready.status,
      blocks: (manifest.blocks as unknown[]).length,
    }),
  );
}

void main();
