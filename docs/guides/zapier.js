// Code by Zapier, "Run JavaScript": sends one message; a failure stops the Zap with Plivo's words.
const { url, authId, authToken, key, src, destination, text } = inputData;

const response = await fetch(`${url}/api/Plivo/sendMessage`, {
  method: "POST",
  headers: {
    "Content-Type": "application/json",
    "Idempotency-Key": key,
    Authorization: `Basic ${Buffer.from(`${authId}:${authToken}`).toString("base64")}`,
  },
  body: JSON.stringify({ src, destination, text }),
});
const { callback, contextWrites } = await response.json();
if (callback !== "success") {
  throw new Error(`${contextWrites.to.status_code}: ${JSON.stringify(contextWrites.to.status_msg)}`);
}
output = { messageUuid: contextWrites.to.message_uuid[0] };
