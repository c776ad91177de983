import { formatEther } from "ethers/utils";

import { DataError, labelled, parseLabels, readRows, weiOf } from "./payments.ts";
import type { LabelledAccount } from "./payments.ts";
import { mulberry32, permutation } from "./random.ts";

/** Header of the sample's payments. */
export const SAMPLE_HEADER = "account,index,t_rel_s,counterparty,value_eth";

/** How many accounts of each kind to draw. */
export interface Draw {
  readonly honest: number;
  readonly illicit: number;
}

/**
 * Reads the committed sample.
 *
 * @param payments Text of payments.csv.
 * @param labels Text of labels.csv.
 */
export function parseSample(payments: string, labels: string): LabelledAccount[] {
  const rows = readRows(payments, SAMPLE_HEADER).map(([account = "", , seconds, counterparty = "", value = ""]) => ({
    account,
    tRelSeconds: Number(seconds),
    counterparty,
    amountWei: weiOf(value),
  }));
  return labelled(rows, parseLabels(labels));
}

/** The two files of a sample, in the order of the accounts. */
export function renderSample(accounts: readonly LabelledAccount[]): { payments: string; labels: string } {
  const payments = accounts.flatMap((account) =>
    account.payments.map((payment) =>
      [payment.account, payment.index, payment.tRelSeconds, payment.counterparty, formatEther(payment.amountWei)].join(
        ",",
      ),
    ),
  );
  const labels = accounts.map((account) => `${account.account},${account.illicit ? 1 : 0}`);
  return {
    payments: `${[SAMPLE_HEADER, ...payments].join("\n")}\n`,
    labels: `${["account,flag", ...labels].join("\n")}\n`,
  };
}

function take(accounts: readonly LabelledAccount[], count: number, order: Uint32Array): LabelledAccount[] {
  if (accounts.length < count) throw new DataError(`asked for ${count} accounts, the sample has ${accounts.length}`);
  return Array.from(order.slice(0, count), (index) => accounts[index]).filter((account) => account !== undefined);
}

/**
 * Draws accounts at random, the honest ones first; the same seed draws the same accounts.
 *
 * @param sample What parseSample returned.
 */
export function drawAccounts(sample: readonly LabelledAccount[], seed: number, draw: Draw): LabelledAccount[] {
  const random = mulberry32(seed);
  const honest = sample.filter((account) => !account.illicit);
  const illicit = sample.filter((account) => account.illicit);
  return [
    ...take(honest, draw.honest, permutation(honest.length, random)),
    ...take(illicit, draw.illicit, permutation(illicit.length, random)),
  ];
}
