import type { Case } from "./caseFile.ts";
import type { CaseExport } from "./cases.ts";

type Cell = (one: Case, all: CaseExport) => string | number | boolean;

function text(terms: Case["terms"], name: string): string {
  const value = terms[name];
  return typeof value === "string" ? value : "";
}

const list = (items: readonly string[] | undefined): string => [...new Set(items ?? [])].join(" ");

/** The newest decision on chain, else this node's newest own one. */
function last({ decisions }: Case): Case["decisions"][number] | undefined {
  return decisions.findLast(({ by }) => by === "gate") ?? decisions.at(-1);
}

/** One column each, in this order for good: new ones come at the end. */
const COLUMNS: readonly (readonly [name: string, cell: Cell])[] = [
  ["id", ({ id }) => id],
  ["chainId", (_, { chain }) => chain.chainId],
  ["escrow", (_, { chain }) => chain.escrow],
  ["exportedAsOf", (_, { asOf }) => asOf.block],
  ["authorizedBlock", ({ authorizedBlock }) => authorizedBlock],
  ["authorizedAt", ({ authorizedAt }) => authorizedAt],
  ["payer", ({ terms }) => text(terms, "payer")],
  ["payee", ({ terms }) => text(terms, "payee")],
  ["operator", ({ terms }) => text(terms, "operator")],
  ["arbiter", ({ terms }) => text(terms, "arbiter")],
  ["token", ({ terms }) => text(terms, "token")],
  ["amount", ({ amount }) => amount.smallest],
  ["amountWords", ({ amount }) => amount.words],
  ["capturable", ({ capturable }) => capturable.smallest],
  ["capturableWords", ({ capturable }) => capturable.words],
  ["decidedBy", (one) => last(one)?.by ?? ""],
  ["band", (one) => last(one)?.band ?? ""],
  ["score", (one) => last(one)?.score ?? ""],
  ["asOf", (one) => last(one)?.asOf ?? ""],
  ["epoch", (one) => last(one)?.epoch ?? ""],
  ["model", (one) => last(one)?.model.id ?? ""],
  ["modelHash", (one) => last(one)?.model.hash ?? ""],
  ["facts", (one) => last(one)?.packedFacts ?? ""],
  ["reasons", (one) => list(last(one)?.reasons.map(({ code }) => code))],
  [
    "reasonsWords",
    (one) =>
      last(one)
        ?.reasons.map(({ sentence }) => sentence)
        .join(" ") ?? "",
  ],
  ["signers", (one) => list(last(one)?.signers ?? [])],
  ["rules", ({ ruleReasons }) => list(ruleReasons?.map(({ code, side }) => `${code}:${side}`))],
  ["rulesWords", ({ ruleReasons }) => ruleReasons?.map(({ sentence }) => sentence).join(" ") ?? ""],
  ["payerLists", ({ listed }) => list(listed.payer)],
  ["payeeLists", ({ listed }) => list(listed.payee)],
  ["knownFraud", ({ labels }) => labels.knownFraud],
  ["events", ({ events }) => events.map(({ kind }) => kind).join(" ")],
  ["notes", ({ notes }) => notes.map(({ author, text: said }) => `${author}: ${said}`).join(" | ")],
  ["orders", ({ orders }) => orders.map((one) => `${one.from_band}>${one.to_band} by ${one.reviewer}`).join(" | ")],
];

/** Names of the columns, in their order. */
export const CASE_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name);

/** What a spreadsheet takes for a formula gets an apostrophe before it: people write notes. */
const FORMULA = /^[=+\-@\t]/;

function cellText(value: string | number | boolean): string {
  const line = String(value).replace(/\s+/g, " ");
  const safe = FORMULA.test(line) ? `'${line}` : line;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line a payment under a header line; line breaks in notes become spaces. */
export function casesCsv(all: CaseExport): string {
  const lines = all.cases.map((one) => COLUMNS.map(([, cell]) => cellText(cell(one, all))).join(","));
  return `${[CASE_COLUMNS.join(","), ...lines].join("\n")}\n`;
}
