import {
  BAND_NAMES,
  merchantShiftsOf,
  shiftsOf,
  type BandName,
  type Judge,
  type ShadowFindings,
  type Shift,
} from "./report.ts";

/** Merchants a terminal is shown. */
const MOST_MERCHANTS = 20;

const whole = (value: number | bigint): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ",");

/** Money in whole tokens where the decimals are known, else in the smallest unit. */
function moneyText(amounts: Shift["amounts"], decimalsOf: (token: string) => number | undefined): string {
  const parts = Object.entries(amounts).map(([token, amount]) => {
    const decimals = decimalsOf(token);
    if (decimals === undefined) return `${whole(amount)} smallest units of ${token}`;
    const one = 10n ** BigInt(decimals);
    const cents = ((amount % one) * 100n) / one;
    return `${whole(amount / one)}.${String(cents).padStart(2, "0")} of ${token}`;
  });
  return parts.sort().join(", ");
}

function judgeText({ epoch, holdAt, blockAt, auditShare }: Judge): string {
  return `epoch ${epoch}, hold from ${whole(holdAt)}, block from ${whole(blockAt)}, audit ${auditShare / 100} %`;
}

/** The findings for people. */
export function shadowText(
  findings: ShadowFindings,
  hash: string,
  decimalsOf: (token: string) => number | undefined,
): string {
  const { from, to, rows, now, proposed } = findings;
  const shifts = shiftsOf(rows);
  const count = (which: "now" | "proposed", band: BandName): string =>
    whole(shifts.filter((shift) => shift[which] === band).reduce((sum, { payments }) => sum + payments, 0));
  const table = BAND_NAMES.map(
    (band) => `  ${band.padEnd(8)}${count("now", band).padStart(10)}${count("proposed", band).padStart(12)}`,
  );
  const line = (shift: Shift): string =>
    `${shift.now} → ${shift.proposed}: ${whole(shift.payments)} ${shift.payments === 1 ? "payment" : "payments"}, ${moneyText(shift.amounts, decimalsOf)}`;
  const moved = shifts.filter((shift) => shift.now !== shift.proposed);
  const byMerchant = merchantShiftsOf(rows);
  const merchants = byMerchant.slice(0, MOST_MERCHANTS).map((shift) => `  ${shift.merchant}  ${line(shift)}`);
  if (byMerchant.length > merchants.length) {
    merchants.push(`  and ${byMerchant.length - merchants.length} more, which --json lists`);
  }
  return [
    `payments of blocks ${from} to ${to}: ${whole(rows.length)}`,
    `in force   ${judgeText(now)}`,
    `proposed   ${judgeText(proposed)}`,
    `  band           now    proposed`,
    ...table,
    moved.length === 0 ? "no payment would be judged otherwise" : "would be judged otherwise:",
    ...moved.map((shift) => `  ${line(shift)}`),
    ...(merchants.length === 0 ? [] : ["by merchant:", ...merchants]),
    `hash ${hash}`,
  ].join("\n");
}
