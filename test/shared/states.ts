import { readFile } from "node:fs/promises";

import type { payments, Terms } from "@sluice/sdk";

type View = Awaited<ReturnType<typeof payments.readPayment>>;

/** The state before a payment exists, as diagrams write it. */
export const nothing = "[*]";

/** An arrow of the diagram: one label, one operation or second. */
export type Edge = { from: string; label: string; to: string };

export const nameOf = ({ from, label, to }: Edge): string => `${from} → ${to}: ${label}`;

/** The arrows of the state diagram on a page. */
export async function edgesOf(page: string): Promise<Edge[]> {
  const [, diagram = ""] = (await readFile(page, "utf8")).split("```mermaid\nstateDiagram-v2\n");
  const arrows = (diagram.split("```")[0] ?? "").matchAll(/^ +(\S+) --> (\S+): (.+)$/gm);
  return [...arrows].flatMap(([, from = "", to = "", labels = ""]) => {
    return labels.split(", ").map((label) => ({ from, label, to }));
  });
}

/** What the page says of a payment in a given second. */
export function stateIn({ state, timer, exists }: View, terms: Terms, now: number): string {
  if (!exists) return nothing;
  if (state.capturable === 0n) return state.refundable > 0n && now < terms.refundBy ? "Paid" : "Closed";
  if (timer.ruleBy !== 0) return now < timer.ruleBy ? "Disputed" : "Undecided";
  if (state.band === "None" && now < timer.silentAt) return "Asked";
  const closesAt = timer.closesAt || terms.captureBy;
  if (now >= closesAt) return "Over";
  const waits = now < timer.opensAt;
  if (state.band === "Block") return "Appeal";
  if (state.band === "Hold") return waits ? "Held" : "Matured";
  if (state.band === "Allow") return "Allowed";
  if (timer.silentAt === 0) return "Unjudged";
  return waits ? "SilentHeld" : "SilentOpen";
}

/** The next state that comes by itself, in which second and what that second is called; undefined where none comes. */
export function nextByTime(view: View, terms: Terms, now: number): (Edge & { second: number }) | undefined {
  const { silentAt, opensAt, closesAt, ruleBy } = view.timer;
  const seconds = { silentAt, ruleBy, closesAt: closesAt || terms.captureBy, opensAt, refundBy: terms.refundBy };
  const from = stateIn(view, terms, now);
  const later = Object.entries(seconds).filter(([, second]) => second > now);
  // sorting is stable: of names for one second the first above counts
  for (const [label, second] of later.toSorted(([, a], [, b]) => a - b)) {
    const to = stateIn(view, terms, second);
    if (to !== from) return { from, label, to, second };
  }
  return undefined;
}
