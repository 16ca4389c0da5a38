// JSON with numbers as they were written: ids of 23 digits and 0.00500 are not changed on their way to the eye.

export class Written {
  constructor(source) {
    this.source = source;
  }

  toString() {
    return this.source;
  }

  toJSON() {
    return JSON.rawJSON ? JSON.rawJSON(this.source) : Number(this.source);
  }
}

export const parse = (text) =>
  JSON.parse(text, (_, value, context) =>
    typeof value === "number" && context?.source !== undefined && String(value) !== context.source
      ? new Written(context.source)
      : value,
  );

export const pretty = (value) => JSON.stringify(value, null, 2);
