// The same request as code: for a shell, Python, JavaScript, and as a node to paste into n8n.
import { Secret } from "./args.mjs";
import { SANDBOX } from "./session.mjs";

const shellQuoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

export const LANGUAGES = { curl, Python: python, JavaScript: javascript, n8n };

/** Text in which the JSON of each secret has become what reads its variable. */
function reading(text, args, read) {
  const secrets = Object.values(args).filter((value) => value instanceof Secret);
  return secrets.reduce((before, each) => before.replace(JSON.stringify(each), () => read(each.variable)), text);
}

// Only the sandbox's public credentials are ever written into code; those of people stay where they are.
const isPublic = (authId, sandbox) => sandbox && authId === SANDBOX.authId;

function filesAmong(args) {
  const files = Object.entries(args).filter(([, value]) => value instanceof File);
  const rest = Object.fromEntries(Object.entries(args).filter(([, value]) => !(value instanceof File)));
  return [files, rest];
}

function curl(address, args, who) {
  const account = isPublic(who.authId, who.sandbox)
    ? `${SANDBOX.authId}:${SANDBOX.authToken}`
    : `"$PLIVO_AUTH_ID:$PLIVO_AUTH_TOKEN"`;
  const [files, rest] = filesAmong(args);
  const json = (indent) => reading(shellQuoted(JSON.stringify(rest, null, indent)), rest, (variable) => `"'"$${variable}"'"`);
  const content = files.length
    ? [`-F args=${json()}`, ...files.map(([name, file]) => `-F ${shellQuoted(`${name}=@${file.name}`)}`)]
    : [`-H 'Content-Type: application/json'`, `-d ${json(2)}`];
  return [`curl -s ${address}`, `-u ${account}`, ...content].join(" \\\n  ");
}

function python(address, args, who) {
  const account = isPublic(who.authId, who.sandbox)
    ? `("${SANDBOX.authId}", "${SANDBOX.authToken}")`
    : `(os.environ["PLIVO_AUTH_ID"], os.environ["PLIVO_AUTH_TOKEN"])`;
  const [files, rest] = filesAmong(args);
  const content = files.length
    ? `    data={"args": json.dumps(${literal(rest, 1)})},\n    files={${files.map(([name, file]) => `${JSON.stringify(name)}: open(${JSON.stringify(file.name)}, "rb")`).join(", ")}},`
    : `    json=${literal(rest, 1)},`;
  const readsVariables = !isPublic(who.authId, who.sandbox) || Object.values(rest).some((value) => value instanceof Secret);
  const imports = [files.length && "json", readsVariables && "os"].filter(Boolean);
  return `${imports.map((name) => `import ${name}\n`).join("")}${imports.length ? "\n" : ""}import requests

answer = requests.post(
    "${address}",
    auth=${account},
${content}
    timeout=60,
).json()
if answer["callback"] == "error":
    raise RuntimeError(answer["contextWrites"]["to"]["status_msg"])
print(answer["contextWrites"]["to"])`;
}

function literal(value, depth) {
  const [inner, outer] = ["    ".repeat(depth + 1), "    ".repeat(depth)];
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (value instanceof Secret) return `os.environ["${value.variable}"]`;
  if (Array.isArray(value)) {
    if (!value.length) return "[]";
    return `[\n${value.map((each) => inner + literal(each, depth + 1) + ",\n").join("")}${outer}]`;
  }
  if (typeof value === "object") {
    const items = Object.entries(value);
    if (!items.length) return "{}";
    return `{\n${items.map(([key, each]) => `${inner}${JSON.stringify(key)}: ${literal(each, depth + 1)},\n`).join("")}${outer}}`;
  }
  return JSON.stringify(value);
}

function javascript(address, args, who) {
  const account = isPublic(who.authId, who.sandbox)
    ? `"${SANDBOX.authId}:${SANDBOX.authToken}"`
    : "`${process.env.PLIVO_AUTH_ID}:${process.env.PLIVO_AUTH_TOKEN}`";
  const [files, rest] = filesAmong(args);
  const json = reading(JSON.stringify(rest, null, 2), rest, (variable) => `process.env.${variable}`);
  const content = files.length
    ? `  headers: { Authorization: "Basic " + btoa(${account}) },\n  body: form,`
    : `  headers: { Authorization: "Basic " + btoa(${account}), "Content-Type": "application/json" },\n  body: JSON.stringify(${json.replaceAll("\n", "\n  ")}),`;
  const form = files.length
    ? `import { openAsBlob } from "node:fs";\n\nconst form = new FormData();\nform.append("args", JSON.stringify(${json}));\n${files.map(([name, file]) => `form.append(${JSON.stringify(name)}, await openAsBlob(${JSON.stringify(file.name)}), ${JSON.stringify(file.name)});\n`).join("")}\n`
    : "";
  return `${form}const response = await fetch("${address}", {
  method: "POST",
${content}
});
const { callback, contextWrites } = await response.json();
if (callback === "error") throw new Error(contextWrites.to.status_msg);
console.log(contextWrites.to);`;
}

function n8n(address, args) {
  const [files, rest] = filesAmong(args);
  const name = address.split("/").pop();
  const node = {
    name,
    type: "n8n-nodes-base.httpRequest",
    typeVersion: 4.2,
    position: [0, 0],
    parameters: {
      method: "POST",
      url: address,
      authentication: "genericCredentialType",
      genericAuthType: "httpBasicAuth",
      sendBody: true,
      ...(files.length
        ? {
            contentType: "multipart-form-data",
            bodyParameters: {
              parameters: [
                { parameterType: "formData", name: "args", value: JSON.stringify(rest) },
                ...files.map(([each]) => ({ parameterType: "formBinaryData", name: each, inputDataFieldName: "data" })),
              ],
            },
          }
        : { specifyBody: "json", jsonBody: JSON.stringify(rest, null, 2) }),
      options: {},
    },
  };
  return JSON.stringify({ nodes: [node], connections: {} }, null, 2);
}
