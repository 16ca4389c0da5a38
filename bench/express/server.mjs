// The shape of the old package with a modern client: one generic handler on Express, undici towards Plivo.
import express from "express";
import { Agent, request } from "undici";

const { PORT, UPSTREAM } = process.env;
const agent = new Agent({ connections: 1000 });
const required = {
  makeCall: ["authId", "authToken", "callFrom", "callTo", "answerUrl"],
  getCallsDetails: ["authId", "authToken"],
};
const wireNames = {
  callFrom: "from",
  callTo: "to",
  answerUrl: "answer_url",
  answerMethod: "answer_method",
  hangupUrl: "hangup_url",
  timeLimit: "time_limit",
  callDirection: "call_direction",
  endTimeGte: "end_time__gte",
};

const app = express();
app.use(express.json());
app.post("/api/Plivo/:block", async (req, res) => {
  const { block } = req.params;
  const args = req.body.args ?? req.body;
  const missing = (required[block] ?? []).filter((name) => !args[name]);
  if (missing.length) {
    const status = { status_code: "REQUIRED_FIELDS", fields: missing };
    return res.json({ callback: "error", contextWrites: { to: status } });
  }
  const { authId, authToken, ...fields } = args;
  const values = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== "" && value !== null) values[wireNames[name] ?? name] = value;
  }
  const isWrite = block === "makeCall";
  const query = isWrite ? "" : `?${new URLSearchParams(values)}`;
  const { statusCode, body } = await request(`${UPSTREAM}/v1/Account/${encodeURIComponent(authId)}/Call/${query}`, {
    method: isWrite ? "POST" : "GET",
    dispatcher: agent,
    headers: {
      authorization: `Basic ${Buffer.from(`${authId}:${authToken}`).toString("base64")}`,
      "content-type": "application/json",
    },
    body: isWrite ? JSON.stringify(values) : undefined,
  });
  const reply = await body.json();
  if (statusCode >= 300) {
    return res.json({ callback: "error", contextWrites: { to: { status_code: "API_ERROR", status_msg: reply } } });
  }
  res.json({ callback: "success", contextWrites: { to: reply } });
});
const server = app.listen(Number(PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
server.keepAliveTimeout = 60000;
