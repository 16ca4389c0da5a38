// Takes what the connector posts to resultUrl, and verifies it:
// npm install standardwebhooks
// RESULT_SECRET=whsec_… node receive-result.mjs
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.RESULT_SECRET);
const seen = new Set();

createServer(async (request, response) => {
  let body = "";
  for await (const piece of request.setEncoding("utf8")) body += piece;
  try {
    const result = webhook.verify(body, request.headers);
    // The same one comes again where this answer got lost.
    if (!seen.has(result.id)) console.log(result.type, JSON.stringify(result.data));
    seen.add(result.id);
    response.writeHead(204).end();
  } catch {
    response.writeHead(401).end();
  }
}).listen(Number(process.env.PORT ?? 8090));
