// XML to look at: each element on a line of its own. It is only cut and indented, so what does not fit stays as it is.

export function indented(xml) {
  const lines = [];
  let depth = 0;
  let isInText = false;
  for (const part of xml.trim().split(/(<[^>]*>)/)) {
    const isTag = part.startsWith("<");
    if (!part.trim()) continue;
    const isClosing = part.startsWith("</");
    if (isClosing) depth = Math.max(0, depth - 1);
    if (isInText || !isTag) lines.push(`${lines.pop() ?? ""}${isTag ? part : part.trim()}`);
    else lines.push("  ".repeat(depth) + part);
    isInText = !isTag;
    if (isTag && !isClosing && !/^<[!?]|\/>$/.test(part)) depth += 1;
  }
  return lines.join("\n");
}
