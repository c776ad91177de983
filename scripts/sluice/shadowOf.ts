import type { Proposal } from "@sluice/sdk";

import { OracleError } from "../../oracle/src/errors.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { changeOf } from "../../oracle/src/shadow/change.ts";
import { judgeWindow } from "../../oracle/src/shadow/judgeWindow.ts";
import { settingsAt } from "../../oracle/src/shadow/place.ts";
import { linkText } from "../../oracle/src/shadow/proposals.ts";
import { hashOf, merchantShiftsOf, shiftsOf } from "../../oracle/src/shadow/report.ts";
import { shadowText } from "../../oracle/src/shadow/text.ts";
import { CliError } from "./cliError.ts";
import type { Input } from "./command.ts";
import type { Context } from "./context.ts";

/** How bands of the last days would shift, and the line by which a proposal's text links to it. */
export interface ProposalShadow {
  readonly link: string;
  readonly lines: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
}

const defaultDays = "7";

/**
 * Judges the payments of the last days again under a proposal, from the endpoint alone.
 * @param more Models beside the installed ones.
 * @returns undefined where no band depends on what it changes, or --shadow-days is 0
 */
export async function shadowOf(
  context: Context,
  input: Input,
  { targets, calldatas }: Proposal,
  more?: ReadonlyMap<string, QuantisedModel>,
): Promise<ProposalShadow | undefined> {
  const days = Number(input.text("shadow-days") ?? defaultDays);
  if (!(days >= 0)) throw new CliError("USAGE", `--shadow-days: a number of days, not ${input.text("shadow-days")}`);
  const calls = targets.map((target, index) => ({ target, data: calldatas[index] ?? "0x" }));
  const change = changeOf(calls, context.governance.policyRegistry);
  const decides = ["HoldAt", "BlockAt", "AuditShare"].some((name) => Object.hasOwn(change.policy, name));
  if (days === 0 || (!decides && change.epoch === undefined)) return undefined;
  const settings = settingsAt(context.options.rpcUrl, context.deployment);
  const to = await context.provider.getBlockNumber();
  const abort = new AbortController();
  const findings = await judgeWindow(settings, change, { to, days }, abort.signal, more).catch(explained);
  const hash = hashOf(findings);
  const glossary = await context.glossary();
  return {
    link: linkText(hash, findings),
    lines: shadowText(findings, hash, glossary.decimalsOf).split("\n"),
    json: {
      ...{ hash, from: findings.from, to: findings.to, payments: findings.rows.length },
      ...{ shifts: shiftsOf(findings.rows), merchants: merchantShiftsOf(findings.rows) },
    },
  };
}

function explained(thrown: unknown): never {
  if (thrown instanceof OracleError) {
    const message = `the payments of the last days cannot be judged again: ${thrown.message}; --shadow-days 0 leaves that out`;
    throw new CliError("SHADOW_FAILED", message, { code: thrown.code });
  }
  throw thrown;
}
