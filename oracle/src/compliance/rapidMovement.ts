import {
  MOST_NAMED,
  nearTo,
  unitsText,
  type RuleInput,
  type RuleReason,
  type RuleSettings,
  type RuleSide,
} from "./ruleTypes.ts";

const WINDOW_SECONDS = 6 * 3_600;

/** Most windows that are tried around one moment: each begins with a capture. */
const MOST_WINDOWS = 100;

/** When a window may begin that holds the moment: with any capture to the account less than a window before it. */
function beginnings({ history, asOf }: RuleInput, account: string, moment: number): number[] {
  const { in: received } = history.accountView(account, asOf.block);
  const captures = received.flowsIn("captured", moment - WINDOW_SECONDS, moment + 1, MOST_WINDOWS);
  return [...new Set(captures.map(({ time }) => time))];
}

/** When the payment moved money to, or from, the account. */
function moments({ history, payment, asOf }: RuleInput, side: RuleSide): number[] {
  if (side === "payer") return payment.time <= asOf.timestamp ? [payment.time] : [];
  return [...new Set(history.captureTimes(payment.id, asOf.block))].slice(0, MOST_NAMED);
}

/** What was captured to the account from a second on, and what it paid on, until six hours later or now. */
function movement({ history, payment, asOf }: RuleInput, side: RuleSide, from: number) {
  const view = history.accountView(payment[side], asOf.block);
  const to = Math.min(from + WINDOW_SECONDS, asOf.timestamp) + 1;
  const captures = view.in.flowsIn("captured", from, to, MOST_NAMED);
  return {
    received: view.in.sumOf("captured", from, to),
    sent: view.out.sumIn(from, to),
    rows: () => [...captures, ...view.out.recentIn(from, to, MOST_NAMED)],
  };
}

/**
 * An account that pays most of what it received on within six hours: money passes through. On the payee's side the payment is what
 * was received, on the payer's side what was paid on.
 */
export function rapidMovement(input: RuleInput, side: RuleSide, settings: RuleSettings): RuleReason | undefined {
  const { rapidMovementFloor: floor } = settings;
  if (floor === 0) return undefined;
  const { history, payment } = input;
  const account = payment[side];
  const starts = new Set(moments(input, side).flatMap((moment) => beginnings(input, account, moment)));
  for (const from of starts) {
    const { received, sent, rows } = movement(input, side, from);
    if (received < floor || sent < nearTo(received)) continue;
    const ordered = rows().sort((a, b) => a.row - b.row);
    const who = side === "payer" ? "The payer" : "The payee";
    return {
      code: "RAPID_MOVEMENT",
      side,
      account,
      payments: [...new Set(ordered.map((row) => history.idOf(row)))],
      sentence: `${who} received ${unitsText(received)} units and paid ${unitsText(sent)} on within 6 hours.`,
    };
  }
  return undefined;
}
