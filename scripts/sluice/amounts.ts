import { formatUnits, parseUnits } from "ethers";

import { CliError } from "./cliError.ts";

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * An amount as people write it, in the token's smallest unit.
 * @param text Decimal digits, with a point where needed; underscores and commas between digits are taken out.
 */
export function amountOf(text: string, decimals: number): bigint {
  const plain = text.replaceAll(/(?<=\d)[_,](?=\d)/g, "");
  if (!/^\d+(\.\d+)?$/.test(plain)) throw new CliError("USAGE", `not an amount: ${text}; write it like 1500 or 0.25`);
  try {
    return parseUnits(plain, decimals);
  } catch {
    throw new CliError("USAGE", `not an amount: ${text} has more than ${decimals} decimals`);
  }
}

/** An amount for people: 3,000,000.5 */
export function amountText(amount: bigint, decimals: number): string {
  const [whole = "0", part = "0"] = formatUnits(amount, decimals).split(".");
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return part === "0" ? grouped : `${grouped}.${part}`;
}

/**
 * A span of time in seconds.
 * @param text Digits and s, m, h or d: 90s, 2h, 1d. Without a unit it is seconds.
 */
export function secondsOf(text: string): number {
  const match = /^(\d+)([smhd]?)$/.exec(text);
  const seconds = Number(match?.[1]) * (unitSeconds[match?.[2] === "" ? "s" : (match?.[2] ?? "")] ?? Number.NaN);
  if (Number.isSafeInteger(seconds)) return seconds;
  throw new CliError("USAGE", `not a time: ${text}; write it like 90s, 15m, 2h or 7d`);
}

/** A span of time for people, its two largest units: 1 d 2 h. */
export function spanText(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.abs(seconds);
  for (const unit of ["d", "h", "m", "s"]) {
    const count = Math.floor(rest / (unitSeconds[unit] ?? 1));
    rest -= count * (unitSeconds[unit] ?? 1);
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

/** A second since the Unix epoch as a date, UTC. */
export function dateText(second: number): string {
  return new Date(second * 1000).toISOString().replace(".000Z", "Z");
}

/** The same, and how far it is from the chain's now. */
export function momentText(second: number, now: number): string {
  const date = dateText(second);
  return second >= now ? `${date} (in ${spanText(second - now)})` : `${date} (${spanText(now - second)} ago)`;
}
