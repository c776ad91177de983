/** A metric as a PromQL expression selects it, with every label it matches or groups by. */
export interface Selection {
  readonly metric: string;
  readonly labels: readonly string[];
}

const TOKEN =
  /"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[a-zA-Z_:][a-zA-Z0-9_:]*|\d+(?:\.\d+)?|=~|!~|!=|==|>=|<=|[{}(),+\-*/%^<>=]/g;
const WORDS = new Set([
  "and",
  "or",
  "unless",
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "bool",
  "offset",
]);

/**
 * The metrics of an expression. Enough of PromQL for alerts and dashboards: selectors, ranges, functions, aggregations.
 *
 * @throws where a character is none of PromQL or brackets do not match.
 */
export function selectionsOf(expression: string): { selections: Selection[]; grouped: string[] } {
  const tokens: readonly string[] = expression.match(TOKEN) ?? [];
  if (expression.replace(TOKEN, "").trim() !== "") throw new Error(`no PromQL: ${expression}`);
  const count = (token: string): number => tokens.filter((one) => one === token).length;
  if (count("(") !== count(")") || count("{") !== count("}")) throw new Error(`brackets: ${expression}`);
  const selections: Selection[] = [];
  const grouped: string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? "";
    const following = tokens[at + 1];
    if (!/^[a-zA-Z_:]/.test(token)) continue;
    if (token === "by" || token === "without" || token === "on" || token === "ignoring") {
      const end = tokens.indexOf(")", at);
      grouped.push(...tokens.slice(at + 2, end).filter((one) => one !== ","));
      at = end;
      continue;
    }
    // A function or an aggregation is followed by its argument or by its grouping.
    if (WORDS.has(token) || following === "(" || following === "by" || following === "without") continue;
    const end = following === "{" ? tokens.indexOf("}", at) : at;
    const inside = tokens.slice(at + 2, end);
    const labels = inside.filter(
      (one, index) => /^[a-zA-Z_]/.test(one) && /^(=|!=|=~|!~)$/.test(inside[index + 1] ?? ""),
    );
    selections.push({ metric: token, labels });
    at = end;
  }
  return { selections, grouped };
}
