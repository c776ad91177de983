import { type AttackFigures, EVADERS } from "./run.ts";

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function evasionTable({ evasion }: AttackFigures): string {
  const queries = evasion[0]?.curve.map((point) => point.queries) ?? [];
  const rows = evasion.map(({ own, stopped, curve }) => {
    const name = EVADERS.find((evader) => evader.own === own)?.name ?? `${own} payments`;
    const cells = queries.map((count) => curve.find((point) => point.queries === count)?.flipped);
    return [name, stopped, ...cells.map((share) => (share === undefined ? "–" : percent(share)))];
  });
  return table(["what the evader owns", "stopped", ...queries.map((count) => `${count} queries`)], rows);
}

function framingTable({ framing }: AttackFigures): string {
  return table(
    ["spent, in median payments", "honest payments", "held", "blocked"],
    framing.map(({ budget, payments, held, blocked }) => [budget, payments, percent(held), percent(blocked)]),
  );
}

function ageingTable({ ageing }: AttackFigures): string {
  return table(
    ["paid to oneself, in median payments", "days", "own payers", "flipped to Allow"],
    ageing.map(({ turnover, days, payers, flipped }) => [turnover, days, payers, percent(flipped)]),
  );
}

/** What the search found, as the part of a page. */
export function attackText(figures: AttackFigures): string {
  const { seed, holdAt, blockAt, accounts } = figures;
  return `Found by seeded search (seed ${seed}) on ${accounts} accounts that were never seen, Hold from ${holdAt}, Block from ${blockAt}.

Evasion: whoever sends a stopped payment may take off up to 20 % of its amount, wait up to a day and use three fresh payers.
Share of the stopped payments that became Allow, by queries of the model:

${evasionTable(figures)}

Framing: a stranger pays an honest payee from fresh accounts within seven days, and the next three genuine payments are judged:

${framingTable(figures)}

Ageing: an illicit account pays itself before its first victim pays. The money comes back, less fees and gas; the days do not:

${ageingTable(figures)}`;
}
