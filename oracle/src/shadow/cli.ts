import { parseArgs } from "node:util";

import { readEpoch } from "../chain/epochs.ts";
import { HttpRpcClient } from "../chain/rpc.ts";
import { asOracleError, messageOf, OracleError } from "../errors.ts";
import { changeOf } from "./change.ts";
import { judgeWindow } from "./judgeWindow.ts";
import { placeAt, type ShadowPlace } from "./place.ts";
import { findProposal, linkIn, type FoundProposal } from "./proposals.ts";
import { hashOf, merchantShiftsOf, shiftsOf, type ShadowFindings } from "./report.ts";
import { shadowText } from "./text.ts";
import type { AskedWindow } from "./window.ts";

const USAGE = `usage: npm run shadow -- --proposal NUMBER|ID [--days N | --from BLOCK --to BLOCK]
                          [--rpc URL] [--deployment FILE] [--models DIR] [--json]
  Judges the payments of the last N days (7) before a proposal again, under what is in force and under what it proposes, and says
  which would have been allowed, held or blocked otherwise, by merchant and in money. It reads the endpoint alone; the hash is the
  same for everybody. Where the proposal's text names a shadow, its blocks are taken and its hash is compared: exits 1 if it differs.
  --rpc URL          the chain's endpoint; SLUICE_RPC, else http://127.0.0.1:8545
  --deployment FILE  deployments/<chain id>.json where absent
  --models DIR       models by folder, the proposed epoch's among them; oracle/models where absent
  --json             one JSON object with a row for each payment`;

const DEFAULT_DAYS = 7;
const TIMEOUT_MS = 30_000;
const DEFAULT_RPC = "http://127.0.0.1:8545";

type Values = Readonly<Record<string, string | boolean | undefined>>;

function numberIn(values: Values, name: string): number | undefined {
  const text = values[name];
  if (typeof text !== "string") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new OracleError("INVALID_REQUEST", `--${name}: a number, not ${text}`);
}

/** The blocks the line names, else those the proposal's text names, else the days before it. */
function askedWindow(values: Values, proposal: FoundProposal): AskedWindow {
  const [from, to, days] = [numberIn(values, "from"), numberIn(values, "to"), numberIn(values, "days")];
  if (from !== undefined) return { from, to: to ?? proposal.block };
  if (days !== undefined || to !== undefined) return { to: to ?? proposal.block, days: days ?? DEFAULT_DAYS };
  return linkIn(proposal.description) ?? { to: proposal.block, days: DEFAULT_DAYS };
}

/** Decimals of the tokens the proposed epoch lists: what it counts in micro-units has six more than its shift. */
async function decimalsIn({ deployment, settings }: ShadowPlace, { now }: ShadowFindings) {
  const rpc = new HttpRpcClient(settings.rpcUrl, { timeoutMs: TIMEOUT_MS });
  const { tokens } = await readEpoch(rpc, now.epoch, deployment.chainId, new Map());
  return (token: string): number | undefined => {
    const row = tokens.get(token);
    return row === undefined ? undefined : row.shift + 6;
  };
}

function jsonOf(value: unknown): string {
  const row = (_key: string, inner: unknown): unknown => (typeof inner === "bigint" ? inner.toString() : inner);
  return JSON.stringify(value, row);
}

async function shadow(values: Values): Promise<number> {
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const asked = text("proposal");
  if (asked === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const rpcUrl = text("rpc") ?? process.env["SLUICE_RPC"] ?? DEFAULT_RPC;
  const place = await placeAt(rpcUrl, text("deployment"), text("models"));
  const { governance, deployedBlock } = place.deployment;
  if (governance === undefined) throw new OracleError("SETTINGS_INVALID", "this deployment has no governance");
  const rpc = new HttpRpcClient(rpcUrl, { timeoutMs: TIMEOUT_MS });
  const proposal = await findProposal(rpc, governance.governor, deployedBlock, asked);
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort());
  const change = changeOf(proposal.calls, governance.policyRegistry);
  const window = askedWindow(values, proposal);
  const findings = await judgeWindow(place.settings, change, window, abort.signal);
  const hash = hashOf(findings);
  const link = linkIn(proposal.description);
  const isLinked = link?.from === findings.from && link.to === findings.to;
  const agrees = isLinked ? link.hash === hash : null;
  if (values["json"] === true) {
    const summary = { shifts: shiftsOf(findings.rows), merchants: merchantShiftsOf(findings.rows) };
    process.stdout.write(`${jsonOf({ proposalId: proposal.id, hash, agrees, ...summary, findings })}\n`);
  } else {
    const [title = ""] = proposal.description.split("\n");
    const verdict =
      agrees === null
        ? []
        : [agrees ? "as the proposal's text says" : `DIFFERS from the proposal's text: ${link?.hash}`];
    const body = shadowText(findings, hash, await decimalsIn(place, findings));
    process.stdout.write(`${[`proposal ${proposal.number}: ${title}`, body, ...verdict].join("\n")}\n`);
  }
  return agrees === false ? 1 : 0;
}

async function main(argv: string[]): Promise<number> {
  const option = { type: "string" } as const;
  const names = {
    proposal: option,
    days: option,
    from: option,
    to: option,
    rpc: option,
    deployment: option,
    models: option,
  };
  let values: Values;
  try {
    ({ values } = parseArgs({ args: argv, options: { ...names, json: { type: "boolean" } } }));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n${USAGE}\n`);
    return 2;
  }
  return shadow(values);
}

process.exitCode = await main(process.argv.slice(2)).catch((thrown: unknown) => {
  const error = asOracleError(thrown);
  const cause = error.cause === undefined ? "" : `: ${messageOf(error.cause)}`;
  process.stderr.write(`${error.code} ${error.message}${cause}\n`);
  return 1;
});
