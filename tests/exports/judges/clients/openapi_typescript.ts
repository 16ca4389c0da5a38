// Calls the service through the types that openapi-typescript makes, and tells what came back.

import createClient from "openapi-fetch";

import type { paths } from "./generated/schema";

async function main(): Promise<void> {
  const account = `Basic ${btoa("MASANDBOX00000000000:sandbox")}`;
  const client = createClient<paths>({ baseUrl: "PUBLIC_URL", headers: { Authorization: account } });
  const message = { src: "14155550100", destination: ["14155550123"], text: "Hello" };
  const header = { "Idempotency-Key": "openapi-typescript" };

  const { data: sent } = await client.POST("/api/Plivo/sendMessage", { body: message, params: { header } });
  const { data: again } = await client.POST("/api/Plivo/sendMessage", { body: message, params: { header } });
  const { data: refused } = await client.POST("/api/Plivo/sendMessage", { body: { destination: ["14155550123"] } });
  const { data: listed } = await client.POST("/api/Plivo/getMessages", { body: { limit: 1 } });
  const { data: uploaded } = await client.POST("/api/Plivo/uploadMedia", {
    body: { file: ["PUBLIC_URL/healthz"] },
    bodySerializer: () => {
      const form = new FormData();
      form.append("file", new Blob(["Hello"], { type: "text/plain" }), "hello.txt");
      return form;
    },
  });
  const { data: fired } = await client.POST("/api/Plivo/makeCall", {
    body: { callFrom: "14155550100", callTo: ["14155550123"], answerUrl: "https://example.com/answer" },
  });
  const { data: bulk } = await client.POST("/api/Plivo/{block}/bulk", {
    params: { path: { block: "sendMessage" } },
    body: { args: { src: "14155550100", text: "Hi" }, items: [{ destination: "14155550123", ref: "a" }] },
  });
  const { data: choices } = await client.POST("/api/Plivo/{block}/options/{arg}", {
    params: { path: { block: "makeCall", arg: "answerMethod" } },
    body: { limit: 5 },
  });
  const { data: ready } = await client.GET("/readyz");
  const { data: manifest } = await client.GET("/api/Plivo", { params: { query: { blocks: "sendMessage,makeCall" } } });

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
