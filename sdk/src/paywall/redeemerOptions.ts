import type { ChannelRow } from "../channelBatch.ts";
import type { ChannelTerms } from "../channels.ts";
import type { SluiceError } from "../failure.ts";
import type { VoucherCurve } from "../vouchers/curve.ts";
import type { Caller, SignedBounty } from "./payouts.ts";
import type { ChannelRecord, VoucherStore } from "./store.ts";

/** Rows above their risk cap, as a node is asked for an attestation about them. */
export type BatchQuestion = {
  payee: string;
  token: string;
  /** Ascending by channel, as the batch that is redeemed with the attestation has them. */
  rows: ChannelRow[];
  /** Of each row the channel's terms, in the same order. */
  terms: ChannelTerms[];
};

export type RedeemerOptions = Caller & {
  /** `signer` of the caller pays the gas; the money goes to the payees, whoever that is. */
  store: VoucherStore;
  /** Redeems a payee's channels once this much is due to him, in the token's smallest unit; never for value when absent. */
  minValue?: bigint;
  /** Redeems them once a voucher has waited for so long, in seconds; never for age when absent. */
  maxAgeSeconds?: number;
  /**
   * Redeems a channel that a contract account signs for once this much is due on it: well below the paywall's `mostUnredeemed`, so
   * that no call is refused for it. Like any other channel when absent.
   */
  contractValue?: bigint;
  /** Tells keys' signatures from contracts'; `ethersCurve` when absent. */
  curve?: VoucherCurve;
  /** How long before the end of a session its vouchers are redeemed whatever they are worth, in seconds; an hour when absent. */
  sessionMarginSeconds?: number;
  /** Most rows of a transaction; 100 when absent. */
  batchRows?: number;
  /** A round whose gas would cost more than this, in wei a unit, redeems nothing; no limit when absent. */
  maxGasPrice?: bigint;
  /**
   * Asks oracle nodes about rows above their risk cap, as `nodesAttest` does; undefined where no attestation is to be had now. Without it such rows
   * are queued on chain and paid after the gate's delays.
   */
  attest?: (question: BatchQuestion) => Promise<string | undefined>;
  /**
   * What payees promise whoever submits their last voucher in an exit window: it is taken there, and one by one. What a promise
   * that the contract refuses says is told to `onError`; the voucher is redeemed without it.
   */
  bounties?: readonly SignedBounty[];
  /** Told of promises that were not kept; `console.error` when absent. */
  onError?: (error: SluiceError) => void;
  /** Seconds since the Unix epoch; the system's clock when absent. */
  now?: () => number;
};

/** What nodes are asked about records of one payee and token. */
export function questionAbout(
  records: readonly ChannelRecord[],
  { payee, token }: Pick<ChannelTerms, "payee" | "token">,
): BatchQuestion {
  const rows = records.map(({ channel, signed }) => ({ channel, cumulative: signed }));
  return { payee, token, rows, terms: records.map(({ terms }) => terms) };
}
