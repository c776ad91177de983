import { type Kysely, type Transaction } from "kysely";

import type { NodeSettings } from "../config.ts";
import { type BulkTable, insertRows } from "../store/insertRows.ts";
import { openServiceOf } from "../store/open.ts";
import type { ServiceTables } from "../store/serviceSchema.ts";
import type { Built } from "./build.ts";
import { paymentLine, paymentLineCsv } from "./csv.ts";
import { rootFileOf } from "./files.ts";
import type { RebateAccountRow, RebateBuildRow, RebatePaymentRow } from "./keptRows.ts";
import { reportJson } from "./reportJson.ts";

const BUILDS: BulkTable<RebateBuildRow> = {
  name: "rebate_builds",
  columns: { token: "text", period: "integer", root: "text" },
};
const ACCOUNTS: BulkTable<RebateAccountRow> = {
  name: "rebate_accounts",
  columns: { token: "text", period: "integer", account: "text", cumulative: "text", report: "text" },
};
const PAYMENTS: BulkTable<RebatePaymentRow> = {
  name: "rebate_payments",
  columns: { token: "text", period: "integer", seq: "integer", account: "text", line: "text" },
};

/** A period's root stays until the one after the next is built: that long it may be the one in force. */
const PERIODS_KEPT = 2;

async function forget(transaction: Transaction<ServiceTables>, token: string, period: number): Promise<void> {
  for (const name of ["rebate_builds", "rebate_accounts"] as const) {
    const rows = transaction.deleteFrom(name).where("token", "=", token);
    await rows
      .where((where) => where.or([where("period", "=", period), where("period", "<=", period - PERIODS_KEPT)]))
      .execute();
  }
  await transaction.deleteFrom("rebate_payments").where("token", "=", token).execute();
}

/** Keeps a build in the service store, in place of one of the same period, wholly or not at all. */
export async function putBuild(service: Kysely<ServiceTables>, built: Built): Promise<void> {
  const { token } = built.root;
  const key = { token, period: Number(built.root.period) };
  await service.transaction().execute(async (transaction) => {
    await forget(transaction, token, key.period);
    await insertRows(transaction, BUILDS, [{ ...key, root: JSON.stringify(rootFileOf(built)) }]);
    const { affiliates, payments } = built.result;
    const accounts = affiliates.map((one) => ({
      ...{ ...key, account: one.account, cumulative: one.cumulative.toString() },
      report: JSON.stringify(reportJson(one)),
    }));
    await insertRows(transaction, ACCOUNTS, accounts);
    const lines = payments.map(paymentLine).map((line, seq) => ({
      ...{ ...key, seq, account: line.affiliate, line: paymentLineCsv(line) },
    }));
    await insertRows(transaction, PAYMENTS, lines);
  });
}

/** Keeps a build where the node's API reads it. */
export async function keepBuild(settings: NodeSettings, built: Built): Promise<void> {
  const service = await openServiceOf(settings);
  try {
    await putBuild(service, built);
  } finally {
    await service.destroy();
  }
}
