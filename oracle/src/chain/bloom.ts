import { keccak256 } from "ethers";

import { plansOf } from "./eventPlans.ts";
import { partsOf, type Sources } from "./site.ts";
import type { ChainLog } from "./wire.ts";

/** Which of a filter's 2,048 bits an address or topic sets: hex digit of the filter's text, and the bit in it. */
type Bits = readonly (readonly [digit: number, bit: number])[];

const FILTER_DIGITS = 512;
/** Addresses and event topics are few; anything else would fill memory. */
const MOST_KNOWN = 1_000;
const known = new Map<string, Bits>();

function bitsOf(value: string): Bits {
  const found = known.get(value);
  if (found !== undefined) return found;
  const hash = keccak256(value);
  const bits = [0, 1, 2].map((pair) => {
    const number = Number.parseInt(hash.slice(2 + 4 * pair, 6 + 4 * pair), 16) & 2_047;
    return [2 + FILTER_DIGITS - 1 - (number >> 2), 1 << (number & 3)] as const;
  });
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(value, bits);
  return bits;
}

/** The value of a lower-case hex digit. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 97 ? code - 87 : code - 48;
}

/** Whether a header's bloom filter says that an address, or a topic, may stand in the block's logs. */
export function mayHold(bloom: string, value: string): boolean {
  return bitsOf(value).every(([digit, bit]) => (digitAt(bloom, digit) & bit) !== 0);
}

/** Events whose loss would change facts, bands or what is posted. */
const VITAL: ReadonlySet<string> = new Set([
  ...["Authorized", "Charged", "Captured", "Refunded", "Ruled", "BandPosted", "ScreeningRequested"],
  ...["PolicySet", "EpochRevoked", "SignersDisabled", "ListBatchAppended"],
]);

const EMPTY = /^0x0*$/;

/**
 * Whether a header's filter speaks of logs that the endpoint did not give. It has false positives, an endpoint that drops logs
 * has none: whoever is told so asks again.
 *
 * @param byTopic Looks for single missing events, too; for blocks whose logs are cheap to ask for again.
 */
export function seemsIncomplete(bloom: string, logs: readonly ChainLog[], site: Sources, byTopic: boolean): boolean {
  if (EMPTY.test(bloom)) return false;
  for (const [part, address] of partsOf(site)) {
    if (!mayHold(bloom, address)) continue;
    const own = logs.filter((log) => log.address === address);
    if (own.length === 0) return true;
    if (!byTopic) continue;
    for (const plan of plansOf(part).values()) {
      if (!VITAL.has(plan.name) || own.some((log) => log.topics[0] === plan.topic)) continue;
      if (mayHold(bloom, plan.topic)) return true;
    }
  }
  return false;
}

/** A log that the header's filter rules out: whoever gave it made it up. Some chains leave the filter empty. */
export function inventedLog(bloom: string, logs: readonly ChainLog[]): ChainLog | undefined {
  if (EMPTY.test(bloom)) return undefined;
  return logs.find(
    ({ address, topics: [topic] }) => !mayHold(bloom, address) || (topic !== undefined && !mayHold(bloom, topic)),
  );
}
