import type { ChannelRow, SignedVoucher } from "../channelBatch.ts";
import { readChannel, redeemMany, type Redemption } from "../channelCalls.ts";
import { ContractRevertedError } from "../reverts.ts";
import { exitWatch } from "./exits.ts";
import { queuedIn, queueVoucher, releaseQueued } from "./payouts.ts";
import { isContractSigned, isRedeemedAlone, redeemAlone } from "./redeemAlone.ts";
import { questionAbout, type RedeemerOptions } from "./redeemerOptions.ts";
import { endOf, readSessionUse } from "./sessions.ts";
import { siteKey, type ChannelRecord } from "./store.ts";

/** What a round did. Amounts in the token's smallest unit. */
export type RedeemRound = {
  paid: ChannelRow[];
  /** They wait for their time on chain. */
  queued: ChannelRow[];
  /** Channels that stay as they are, and why: a row problem or an error of the contract, or `TooDear`. */
  left: { channel: string; problem: string }[];
};

export type Redeemer = {
  /** Redeems what is due; a round that is called while another runs waits for it. */
  round(): Promise<RedeemRound>;
};

const usualRows = 100;
const usualMarginSeconds = 3_600;

/**
 * Redeems vouchers by value, by age, and at once where a payer has asked to leave. All it knows is in the store and on the
 * chain, so it may be stopped at any moment and run beside others of its kind.
 * @example
 * const redeemer = voucherRedeemer({ site, store, provider, signer, minValue: 10_000000n, maxAgeSeconds: 86_400 });
 * setInterval(() => void redeemer.round().catch(console.error), 60_000);
 */
export function voucherRedeemer(options: RedeemerOptions): Redeemer {
  let last: Promise<unknown> = Promise.resolve();
  const closing = exitWatch(options.site, options.provider);
  return {
    round: () => {
      const next = last.then(() => runRound(options, closing));
      last = next.catch(() => undefined); // whoever called that round is told
      return next;
    },
  };
}

async function runRound(options: RedeemerOptions, closing: ReturnType<typeof exitWatch>): Promise<RedeemRound> {
  const { store, site, batchRows = usualRows } = options;
  const round: RedeemRound = { paid: [], queued: [], left: [] };
  const open = (await store.all(siteKey(site))).filter(({ signed, redeemed }) => signed > redeemed);
  const leaving = new Map([...(await closing(open)), ...(await endingSessions(open, options))]);
  for (const records of batchable(open)) {
    const due = dueOf(records, leaving, options);
    if (due.length > 0 && (await isDear(options))) {
      round.left.push(...due.map(({ channel }) => ({ channel, problem: "TooDear" })));
      continue;
    }
    for (let start = 0; start < due.length; start += batchRows) {
      await redeemBatch(due.slice(start, start + batchRows), leaving, options, round);
    }
  }
  return round;
}

/** Channels whose session is about to end, and when. */
async function endingSessions(
  records: readonly ChannelRecord[],
  { site, provider, now, sessionMarginSeconds = usualMarginSeconds }: RedeemerOptions,
): Promise<Map<string, number>> {
  const ending = new Map<string, number>();
  const block = await provider.getBlockNumber();
  const seconds = now?.() ?? Date.now() / 1000;
  for (const { channel, terms } of records) {
    if (terms.session === undefined) continue;
    const end = endOf(terms.session, await readSessionUse(provider, site, terms.session, block));
    if (seconds >= end - sessionMarginSeconds) ending.set(channel, end);
  }
  return ending;
}

/** Channels of one payee, token and exit delay go together. */
function batchable(records: readonly ChannelRecord[]): ChannelRecord[][] {
  const groups = new Map<string, ChannelRecord[]>();
  for (const record of records) {
    const { payee, token, exitDelay } = record.terms;
    const name = `${payee}${token}${exitDelay}`;
    const group = groups.get(name);
    if (group) group.push(record);
    else groups.set(name, [record]);
  }
  return [...groups.values()];
}

/** All of a payee's channels where value or age say so, else those whose payer leaves or is a contract that owes much. */
function dueOf(
  records: readonly ChannelRecord[],
  leaving: ReadonlyMap<string, number>,
  options: RedeemerOptions,
): ChannelRecord[] {
  const { minValue, maxAgeSeconds, now } = options;
  const value = records.reduce((sum, { signed, redeemed }) => sum + signed - redeemed, 0n);
  const seconds = now?.() ?? Date.now() / 1000;
  const ages = records.map(({ unredeemedSince }) => seconds - unredeemedSince);
  const isOld = maxAgeSeconds !== undefined && ages.some((age) => age >= maxAgeSeconds);
  const isMuch = minValue !== undefined && value >= minValue;
  if (isOld || isMuch) return [...records];
  return records.filter((record) => leaving.has(record.channel) || isRisky(record, options));
}

/** Whether a contract, which may change its mind, owes as much as shall stand at most. */
function isRisky(record: ChannelRecord, options: RedeemerOptions): boolean {
  const { contractValue } = options;
  if (contractValue === undefined || record.signed - record.redeemed < contractValue) return false;
  return isContractSigned(record, options);
}

async function isDear({ provider, maxGasPrice }: RedeemerOptions): Promise<boolean> {
  if (maxGasPrice === undefined) return false;
  const { gasPrice } = await provider.getFeeData();
  return gasPrice === null || gasPrice > maxGasPrice;
}

async function redeemBatch(
  due: readonly ChannelRecord[],
  leaving: ReadonlyMap<string, number>,
  options: RedeemerOptions,
  round: RedeemRound,
): Promise<void> {
  const alone = due.filter((record) => isRedeemedAlone(record, options, leaving));
  for (const record of alone) await settle(record, await redeemAlone(record, options, leaving), options, round);
  const together = due.filter((record) => !alone.includes(record));
  const unattested: ChannelRecord[] = [];
  for (const [record, problem] of await problemsOf(together, options, "0x")) {
    if (problem === "NeedsAttestation") unattested.push(record);
    else await settle(record, problem, options, round);
  }
  const [first] = unattested;
  if (first === undefined) return;
  const attestation = await options.attest?.(questionAbout(unattested, first.terms));
  const known = new Map(attestation === undefined ? [] : await attestedProblems(unattested, options, attestation));
  for (const record of unattested) {
    await settle(record, known.has(record) ? known.get(record) : "NeedsAttestation", options, round);
  }
}

/** As `problemsOf`; rows whose attestation the contract refuses, such as one that is late, wait for the next round. */
async function attestedProblems(
  records: readonly ChannelRecord[],
  options: RedeemerOptions,
  attestation: string,
): ReturnType<typeof problemsOf> {
  try {
    return await problemsOf(records, options, attestation);
  } catch (error) {
    if (!(error instanceof ContractRevertedError)) throw error;
    const { name } = error.details;
    return records.map((record) => [record, name] as const);
  }
}

/** Redeems a batch; answers each record with why it was left out, undefined where it was paid. */
async function problemsOf(
  records: readonly ChannelRecord[],
  { signer, site }: RedeemerOptions,
  attestation: string,
): Promise<(readonly [ChannelRecord, string | undefined])[]> {
  if (records.length === 0) return [];
  const vouchers = records.map(({ terms, signed, signature }): SignedVoucher => {
    return { terms, cumulative: signed, signature };
  });
  const { redemption } = await redeemMany(signer, site, vouchers, { attestation });
  // Rows go ascending by channel, and the report names them by their place.
  const ascending = records.toSorted((a, b) => (a.channel < b.channel ? -1 : 1));
  return ascending.map((record, index) => [record, problemIn(redemption, record.channel, index)] as const);
}

function problemIn(redemption: Redemption, channel: string, index: number): string | undefined {
  const isIn = (rows: readonly ChannelRow[]): boolean => rows.some((row) => row.channel === channel);
  if (isIn(redemption.queued)) return "AlreadyQueued";
  if (isIn(redemption.blocked)) return "Blocked";
  return redemption.skipped.find((row) => row.index === index)?.problem;
}

/** Notes what the chain says now, queues what must wait and releases what has waited. */
async function settle(
  record: ChannelRecord,
  problem: string | undefined,
  options: RedeemerOptions,
  round: RedeemRound,
): Promise<void> {
  const { channel, terms, signed } = record;
  const now = Math.floor(options.now?.() ?? Date.now() / 1000);
  let left = problem;
  if (problem === "NeedsAttestation" || problem === "AlreadyQueued") {
    const { cumulative, releaseAt } = await queuedIn(options, channel);
    if (cumulative > 0n && releaseAt <= now) left = await releaseQueued(options, record);
    else if (cumulative < signed) left = await queueVoucher(options, record);
    else left = undefined;
  }
  const { claimed } = await readChannel(options.provider, options.site, terms);
  await options.store.redeemed(channel, claimed, now);
  if (claimed > record.redeemed) round.paid.push({ channel, cumulative: claimed });
  else if (left === undefined) round.queued.push({ channel, cumulative: signed });
  else round.left.push({ channel, problem: left });
}
