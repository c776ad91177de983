import type { AccountStream, Transaction } from "../../oracle/src/evaluate/ethereum/reader.ts";
import type { Random } from "../../oracle/src/train/random.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { pick } from "./randomHistory.ts";

const AMOUNTS = [0, 0, 1, 999, 2_000, 50_000, 99_999, 100_000, 1_230_000, 2_000_000, 2_000_001, 7_654_321, 2 ** 48 - 1];
const GAPS = [0, 0, 1, 13, 599, 3_600, 86_399, 86_400, 86_401, 604_799, 604_800, 604_801, 2_592_000];

function transaction(random: Random, time: number, illicit: boolean): Transaction {
  const inward = random() < (illicit ? 0.8 : 0.5);
  return {
    time,
    inward,
    counterparty: `c${Math.floor(random() * (illicit && inward ? 40 : 5))}`,
    micro: pick(random, AMOUNTS),
    failed: random() < 0.1,
    call: random() < 0.3,
  };
}

/** An account at random; illicit ones are paid by more senders. Amounts and gaps lie around every edge. */
export function randomAccount(seed: number, account: string, length: number, illicit = false): AccountStream {
  const random = mulberry32(seed);
  let time = 0;
  const transactions = Array.from({ length }, (_, index) => {
    if (index > 0) time += pick(random, GAPS);
    return transaction(random, time, illicit);
  });
  return { account, illicit, transactions };
}

/** The two files as a user would have them. */
export function render(streams: readonly AccountStream[]): { data: string; labels: string } {
  const rows = streams.flatMap(({ account, transactions }) =>
    transactions.map(({ time, inward, counterparty, micro, failed, call }) =>
      [account, time, inward ? "in" : "out", counterparty, micro / 1e6, Number(failed), Number(call)].join(","),
    ),
  );
  const flags = streams.map(({ account, illicit }) => `${account},${Number(illicit)}`);
  return {
    data: `${["account,t_rel_s,dir,counterparty,value_eth,is_error,is_call", ...rows].join("\n")}\n`,
    labels: `${["account,flag", ...flags].join("\n")}\n`,
  };
}
