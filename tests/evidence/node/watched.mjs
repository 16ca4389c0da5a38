// Plivo's Node SDK with every host of Plivo's replaced by one of ours, and every call that is made with it reported.
//
// Out, a line of JSON each: {step, returned, missing} or {step, raised}, with the last exchange on the wire;
// {wait: seconds} wants a line in return when that time has passed; {methods} at the end.

import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

import plivo from "plivo";

// The very instance that the SDK has; `import` would give another.
const axios = createRequire(createRequire(import.meta.url).resolve("plivo"))("axios");

const [, , url, authId, authToken] = process.argv;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const methods = new Set();
let exchange = null;

console.log = console.error; // the SDK writes there
process.on("unhandledRejection", () => {}); // where it checks arguments, it makes two promises and returns one

const send = axios.getAdapter("http");
axios.defaults.adapter = async (config) => {
  config.url = config.url.replace(/^https:\/\/\w+\.plivo\.com/, url);
  exchange = { request: `${config.method.toUpperCase()} ${config.url.replace(url, "")}` };
  try {
    const response = await send(config);
    exchange = { ...exchange, status: response.status, reply: response.data };
    return response;
  } catch (fault) {
    exchange = { ...exchange, status: fault.response?.status, reply: fault.response?.data };
    throw fault;
  }
};

function report(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function methodsOf(object) {
  const own = Object.getOwnPropertyNames(Object.getPrototypeOf(object));
  return own.filter((name) => name !== "constructor" && typeof object[name] === "function");
}

// The fields of a result for which the reply had nothing.
function missing(value, place = "") {
  if (value === undefined) return [place];
  if (value === null || typeof value !== "object") return [];
  const within = (key) => (Array.isArray(value) && /^\d+$/.test(key) ? `${place}[]` : `${place}.${key}`);
  return Object.keys(value).flatMap((key) => missing(value[key], within(key)));
}

// Makes one call and reports it. One that fails gives an empty object, so that what follows still runs.
export async function step(name, call) {
  exchange = null;
  try {
    const returned = (await call()) ?? {};
    report({ step: name, returned, missing: [...new Set(missing(returned))], exchange });
    return returned;
  } catch (fault) {
    report({ step: name, raised: String(fault), exchange });
    return {};
  }
}

// Wraps an object of the SDK so that every call of a method is a step, `name.method`.
export function watched(name, object) {
  const own = methodsOf(object);
  own.forEach((method) => methods.add(`${name}.${method}`));
  return new Proxy(object, {
    get(target, method) {
      const inherited = ["get", "list"].includes(method);
      if (!own.includes(method) && !inherited) return target[method];
      return (...given) => step(`${name}.${method}`, () => target[method](...given));
    },
  });
}

// What the last call was answered, for what the SDK's classes leave out of it.
export const reply = () => JSON.parse(exchange?.reply ?? "{}");

export async function wait(seconds) {
  report({ wait: seconds });
  await lines.next();
}

export function finish() {
  report({ methods: [...methods] });
  process.exit(0);
}

const client = new plivo.Client(authId, authToken);
const wrapped = Object.entries(client).map(([name, resource]) => [name, watched(name, resource)]);
export const resources = Object.fromEntries(wrapped);

// Looks for what was deleted.
export const gone = (name, id) => step(`${name}.get after delete`, () => client[name].get(id));

export const phlos = new plivo.PhloClient(authId, authToken);
