import type { ParseArgsOptionsConfig } from "node:util";

import {
  callProposal,
  cancelGrantProposal,
  epochContract,
  feePartsProposal,
  listTokenProposal,
  treasuryCapProposal,
  type FeeParts,
} from "@sluice/sdk";
import { getAddress, isAddress, ZeroAddress } from "ethers";

import { amountOf, secondsOf } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { needed, type Input } from "./command.ts";
import { sluiceDecimals, type Context, type GovernancePart } from "./context.ts";
import { addressOption, none, tokenNamed, type ProposalTemplate, type Template } from "./templateInputs.ts";

/** One call of a part of governance. */
function oneCall(context: Context, part: GovernancePart, method: string, args: readonly unknown[]) {
  const { to, abi } = context.call(part, method, args);
  return callProposal([{ target: to, data: abi.encodeFunctionData(method, args) }], none);
}

function wholeOption(input: Input, name: string): bigint {
  const text = needed(input, name);
  if (/^\d+$/.test(text)) return BigInt(text);
  throw new CliError("USAGE", `--${name}: not a whole number: ${text}`);
}

/** Who is named, and until when: nobody where it says `none`. The term counts from now, the vote's own time included. */
async function office(context: Context, input: Input): Promise<{ account: string; until: number }> {
  if (input.text("to") === "none") return { account: ZeroAddress, until: 0 };
  const account = addressOption(input, "to");
  return { account, until: (await context.now()) + secondsOf(needed(input, "term")) };
}

const guardian: Template = async (context, input) => {
  const { account, until } = await office(context, input);
  return oneCall(context, "governor", "setGuardian", [account, until]);
};

const policyGuardian: Template = async (context, input) => {
  const { account, until } = await office(context, input);
  // Whoever names nobody need not say for how many blocks; the registry wants a number all the same.
  const blocks = account === ZeroAddress ? 1n : wholeOption(input, "blocks");
  return oneCall(context, "policyRegistry", "setGuardian", [account, until, blocks]);
};

const endTightening: Template = async (context) => oneCall(context, "policyRegistry", "endTightening", []);

const revokeEpoch: Template = async (context, input) =>
  oneCall(context, "policyRegistry", "revokeEpoch", [addressOption(input, "epoch")]);

/** Signers by their addresses: the contract takes a bit for each place in the epoch's own order. */
const disableSigners: Template = async (context, input) => {
  const epoch = addressOption(input, "epoch");
  const listed: string[] = [...(await epochContract(epoch, context.provider).getFunction("signers")())].map(String);
  const mask = needed(input, "signers")
    .split(",")
    .reduce((bits, text) => {
      const place = isAddress(text) ? listed.indexOf(getAddress(text)) : -1;
      if (place < 0) throw new CliError("USAGE", `--signers: ${text} is none of the epoch's: ${listed.join(", ")}`);
      return bits | (1 << place);
    }, 0);
  return oneCall(context, "policyRegistry", "disableSigners", [epoch, mask]);
};

const reviewer: Template = async (context, input) =>
  oneCall(context, "policyRegistry", "setReviewer", [addressOption(input, "to"), !input.flag("remove")]);

const cancelGrant: Template = async (context, input) =>
  cancelGrantProposal(wholeOption(input, "grant"), context.governance.grants, none);

/** A share of a token; the zero address stands for the coin. */
const treasuryCap: Template = async (context, input) => {
  const named = needed(input, "token");
  const token = named === "coin" ? ZeroAddress : (await tokenNamed(context, named)).address;
  return treasuryCapProposal(token, Number(wholeOption(input, "bps")), context.governance.treasury, none);
};

const PARTS = ["attesters", "stakers", "rebates", "treasury"] as const;

function partsIn(text: string): FeeParts {
  const given = new Map(
    text.split(",").map((part): [string, string | undefined] => {
      const [name = "", value] = part.trim().split("=");
      return [name, value];
    }),
  );
  const unknown = [...given.keys()].find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new CliError("USAGE", `--parts: there is no part ${unknown}: ${PARTS.join(", ")}`);
  const bps = (name: (typeof PARTS)[number]): number => Number(given.get(name) ?? 0);
  const parts = {
    attesters: bps("attesters"),
    stakers: bps("stakers"),
    rebates: bps("rebates"),
    treasury: bps("treasury"),
  };
  const sum = PARTS.reduce((total, name) => total + parts[name], 0);
  if (sum === 10_000) return parts;
  throw new CliError("USAGE", `--parts: basis points that make 10,000 together, not ${sum}: ${text}`);
}

const feeParts: Template = async (context, input) =>
  feePartsProposal(partsIn(needed(input, "parts")), context.governance.feeSplitter, none);

/** What the buy-back sells. The price is SLUICE for one whole token; the contract reckons in smallest units. */
const listToken: Template = async (context, input) => {
  const { address, decimals } = await tokenNamed(context, needed(input, "token"));
  const perToken = amountOf(needed(input, "price"), sluiceDecimals);
  const price = (perToken * 10n ** 18n) / 10n ** BigInt(decimals);
  const minLot = amountOf(needed(input, "min-lot"), decimals);
  return listTokenProposal(address, price, minLot, context.governance.buyBack, none);
};

/** The table goes by the hash of its content: whoever votes makes the same from the file. */
const tierTable: Template = async (context, input) => {
  const { readTable } = await import("../../oracle/src/rebates/table.ts");
  const { hash } = readTable(needed(input, "table"));
  return oneCall(context, "rebatePool", "setTierTable", [hash]);
};

const rebateRuling: Template = async (context, input) => {
  const [upheld, rejected] = [input.flag("uphold"), input.flag("reject")];
  if (upheld === rejected) throw new CliError("USAGE", "say --uphold, the challenge was right, or --reject");
  const { address } = await tokenNamed(context, needed(input, "token"));
  return oneCall(context, "rebatePool", "rule", [address, upheld]);
};

const token = "--token payment|ADDRESS";

/** Templates about who has which power, and about the treasury's and the rebates' own rules. */
export const powerTemplates: Readonly<Record<string, ProposalTemplate>> = {
  guardian: { options: "--to ADDRESS|none --term TIME, who may cancel proposals", build: guardian },
  "policy-guardian": {
    options: "--to ADDRESS|none --term TIME --blocks N, who may once lower the thresholds for N blocks",
    build: policyGuardian,
  },
  "end-tightening": { options: "(brings the voted policy back)", build: endTightening },
  "revoke-epoch": { options: "--epoch ADDRESS", build: revokeEpoch },
  "disable-signers": { options: "--epoch ADDRESS --signers ADDRESS,…", build: disableSigners },
  reviewer: { options: "--to ADDRESS [--remove]", build: reviewer },
  "cancel-grant": { options: "--grant ID", build: cancelGrant },
  "treasury-cap": { options: "--token SLUICE|payment|coin|ADDRESS --bps N", build: treasuryCap },
  "fee-parts": { options: "--parts attesters=BPS,stakers=BPS,rebates=BPS,treasury=BPS", build: feeParts },
  "list-token": { options: `${token} --price SLUICE --min-lot AMOUNT`, build: listToken },
  "tier-table": { options: "--table FILE, the rebates' tiers by the file's hash", build: tierTable },
  "rebate-ruling": { options: `${token} --uphold|--reject, a challenged root`, build: rebateRuling },
};

/** Options of these templates, beside those of the others. */
export const powerOptions: ParseArgsOptionsConfig = {
  ...Object.fromEntries(
    ["term", "blocks", "epoch", "signers", "grant", "bps", "parts", "price", "min-lot", "table"].map((name) => [
      name,
      { type: "string" },
    ]),
  ),
  ...Object.fromEntries(["remove", "uphold", "reject"].map((name) => [name, { type: "boolean" }])),
};
