export type NatSpec = {
  title: string;
  notice: string;
  dev: string[];
  params: Map<string, string>;
  returns: string[];
};

/** Splits a documentation comment into its tags; continued lines are joined. */
export function parseNatSpec(text: string | undefined): NatSpec {
  const spec: NatSpec = { title: "", notice: "", dev: [], params: new Map(), returns: [] };
  for (const { tag, body } of tags(text ?? "")) {
    if (tag === "title") spec.title = body;
    else if (tag === "notice") spec.notice = spec.notice === "" ? body : `${spec.notice} ${body}`;
    else if (tag === "dev") spec.dev.push(body);
    else if (tag === "return") spec.returns.push(body);
    else if (tag === "param") {
      const [name = "", ...rest] = body.split(" ");
      spec.params.set(name, rest.join(" "));
    }
  }
  return spec;
}

/** "FeeReceiverZero" → "Fee receiver zero.": what an error without a notice says by its name. */
export function sentenceFromName(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function tags(text: string): { tag: string; body: string }[] {
  const found: { tag: string; body: string }[] = [];
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    const match = /^@([\w:-]+)\s*(.*)$/.exec(line);
    const last = found.at(-1);
    if (match) found.push({ tag: match[1] ?? "", body: match[2] ?? "" });
    else if (last) last.body = `${last.body} ${line}`.trim();
    else if (line !== "") found.push({ tag: "notice", body: line });
  }
  return found;
}
