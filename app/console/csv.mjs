// The first lines of a CSV, to show what its columns are; the connector reads the file itself.

/**
 * The text of a file. A workbook or another encoding throws what to do: read anyway, its accents would be lost, and
 * people would be sent what nobody wrote.
 */
export async function textOf(file) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Error(`${file.name} is not text in UTF-8. Save the table as “CSV UTF-8” in your spreadsheet, and choose that file.`);
  }
}

export function peek(text, most = 4) {
  const first = text.replace(/^\uFEFF/, "");
  const line = first.slice(0, (first + "\n").indexOf("\n"));
  const separator = [",", ";", "\t"].reduce((best, each) => (count(line, each) > count(line, best) ? each : best));
  const rows = [];
  let row = [""];
  let isQuoted = false;
  for (let at = 0; at < first.length && rows.length < most; at++) {
    const each = first[at];
    if (isQuoted) {
      if (each !== '"') row[row.length - 1] += each;
      else if (first[at + 1] === '"') row[row.length - 1] += first[++at];
      else isQuoted = false;
    } else if (each === '"') isQuoted = true;
    else if (each === separator) row.push("");
    else if (each === "\n") {
      rows.push(row);
      row = [""];
    } else if (each !== "\r") row[row.length - 1] += each;
  }
  if (rows.length < most && row.some(Boolean)) rows.push(row);
  return { columns: (rows[0] ?? []).map((name) => name.trim()), rows: rows.slice(1) };
}

const count = (line, separator) => line.split(separator).length;
