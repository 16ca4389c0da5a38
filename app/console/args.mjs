// What a form holds → what is sent: empty fields are left out, numbers and JSON are written as such.

export function argsOf(block, values) {
  const known = new Map(block.args.map((arg) => [arg.name, arg]));
  const args = {};
  for (const [name, value] of Object.entries(values)) {
    const given = asWritten(known.get(name), value);
    if (!isAbsent(given)) args[name] = given;
  }
  return args;
}

function asWritten(arg, value) {
  if (typeof value !== "string" || !arg) return value;
  const text = value.trim();
  const type = arg.type.toLowerCase();
  if (type === "number" && /^-?(0|[1-9]\d{0,14})(\.\d*[1-9])?$/.test(text)) return Number(text);
  if ((type === "json" || type === "array") && /^[[{]/.test(text)) {
    try {
      const parsed = JSON.parse(text);
      // A number that JavaScript cannot hold stays text: the connector reads it as it is written.
      return JSON.stringify(parsed).length === text.replace(/\s/g, "").length ? parsed : text;
    } catch {
      return text;
    }
  }
  if (type === "datepicker") return text.replace("T", " ");
  return value;
}

function isAbsent(value) {
  if (value === "" || value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && !(value instanceof File) && Object.keys(value).length === 0;
}

/** Names of fields whose values are never kept. */
export const secretNames = (block) =>
  new Set(block.args.filter((arg) => arg.format === "secret" || arg.type === "credentials").map((arg) => arg.name));

/** A secret as code has it: read from the environment of whoever runs it. */
export class Secret {
  constructor(arg) {
    this.variable = `PLIVO_${arg.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
  }

  toJSON() {
    return `<${this.variable}>`;
  }
}

/** What may be shown as code: each secret as the variable that holds it. */
export function withVariables(block, args) {
  const secret = secretNames(block);
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, secret.has(name) ? new Secret(name) : value]));
}

/** What may be kept and shown: no secrets, no files. */
export function withoutSecrets(block, args) {
  const secret = secretNames(block);
  return Object.fromEntries(Object.entries(args).filter(([name, value]) => !secret.has(name) && !(value instanceof File)));
}

export const MISSING = "is missing";

/**
 * What is told of each field by an error. Of those of which one would do nothing is told, for none of them is wrong: the
 * rule that stands above them says it.
 */
export function problemsIn(reply, block) {
  const problems = { ...(reply?.errors ?? {}) };
  if (reply?.status_code === "REQUIRED_FIELDS") {
    const choices = new Set(block.rules.flatMap((rule) => rule.exactlyOne ?? rule.atLeastOne ?? []));
    for (const name of reply.fields ?? []) problems[name] ??= choices.has(name) ? "" : MISSING;
  }
  return problems;
}
