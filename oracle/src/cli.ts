#!/usr/bin/env node
import { parseArgs } from "node:util";

import { casesCommand } from "./compliance/casesCommand.ts";
import { listsCommand } from "./compliance/listsCommand.ts";
import { loadSettings, type NodeSettings } from "./config.ts";
import { asOracleError, messageOf, type OracleError } from "./errors.ts";
import { startNode } from "./index.ts";
import { stopOnSignals } from "./lifecycle.ts";
import { apiKeysCommand } from "./ops/apiKeysCommand.ts";
import { backupCommand } from "./ops/backupCommand.ts";
import { guardCommand } from "./ops/guardCommand.ts";
import { keysCommand } from "./ops/keysCommand.ts";
import { censored } from "./ops/log.ts";
import { migrateCommand } from "./ops/migrateCommand.ts";
import { promote, shadowReport, type ShadowReport } from "./ops/promote.ts";
import { proofsCommand } from "./ops/proofsCommand.ts";
import { quorumReportOf } from "./ops/quorumReportCommand.ts";
import { replayCommand } from "./ops/replayCommand.ts";
import { rebatesCommand } from "./rebates/command.ts";

const USAGE = `usage:
  oracle serve --settings FILE                     run a node until SIGINT or SIGTERM
  oracle keeper --settings FILE                    run a process that keeps and signs nothing; needs a keeper key and peers
  oracle settings check --settings FILE            list everything that is wrong with settings, files and variables; starts nothing
  oracle replay --payment ID --settings FILE [--json]
  oracle replay --payment ID --rpc URL --gate ADDRESS [--lists ADDRESS] [--from BLOCK] [--json]
                                                   recompute a payment's decisions from the chain alone; exits 1 if one differs
  oracle shadow --settings FILE --model DIR        compare a watched model with the one in force, payment by payment
  oracle promote --settings FILE --model DIR       mark a watched model as the one to propose to governance
  oracle migrate --to N|latest --settings FILE [--store chain|guard|service] [--force-forget-signatures]
                                                   take the schemas of the stores up or down, while the node is stopped
  oracle backup --out DIR --settings FILE          copy what cannot be read from the chain again, while the node runs, too
  oracle guard export --out FILE --settings FILE   write the guard to a file, while the node runs, too
  oracle guard import --in FILE --settings FILE    add the rows that are missing; then a fence has to be set
  oracle guard fence --to head|BLOCK --settings FILE
                                                   up to this block sign only what is in the guard, while the node is stopped
  oracle apikeys new --name NAME --scopes attest,read,review,admin --settings FILE
                                                   make a key of the API and print it, once
  oracle apikeys list --settings FILE              every key of the API: scopes, when it was made, used and revoked
  oracle apikeys revoke --id ID --settings FILE    refuse a key from now on
  oracle quorum-report --from BLOCK --to BLOCK --settings FILE [--rewards ADDRESS [--sign]]
                                                   how each signer has answered, and whose signatures reached the chain, as JSON;
                                                   with the attesters' rewards contract what a quorum signs, and the signature
  oracle proofs list --settings FILE [--out DIR]   statements kept about subjects on which signers differ, one file each
  oracle proofs equivocation --a FILE --b FILE [--send] [--settings FILE]
                                                   the call that proves two facts signed by one key; --send sends it with the node's
  oracle proofs dissent --one FILE --others FILE,FILE… [--send] [--settings FILE]
                                                   the call that accuses one signer against the others
  oracle keys new --out FILE --password-file FILE  make a signing key and print its address
  oracle keys import --private-key-file FILE --out FILE --password-file FILE
                                                   encrypt a key that exists as plain hex
  oracle keys address --settings FILE              open the keys the settings name and print their addresses
  oracle keys rotate --settings FILE --account ADDRESS --attesters ADDRESS [--url URL]
                                                   the next key's consent, and the call the account's wallet sends
  oracle lists import --format ofac|csv --list Sanctioned|Reported --file FILE --settings FILE
                      [--column NAME] [--remove-missing] --out FILE | --dry-run
                                                   compare a public list with the registry and write the batches to sign
  oracle lists sign --batch FILE --out FILE --settings FILE
                                                   sign batches with this node's key
  oracle lists submit --batch FILE --signatures FILE,FILE… --settings FILE
                                                   send batches that a quorum has signed
  oracle rebates build --period N --as-of BLOCK --table FILE[,FILE…] [--token ADDRESS] --settings FILE --out DIR
                                                   compute a period's commissions and rebates from the chain, beside a running node
  oracle rebates sign --root FILE --table FILE[,FILE…] --settings FILE --out FILE
                                                   compute a root again and sign it with this node's key where it is the same
  oracle rebates submit --root FILE --signatures FILE,FILE… --settings FILE
                                                   send a root that a quorum has signed
  oracle rebates proof --account ADDRESS --dir DIR
                                                   an account's leaf in a build's folder, its proof and the call that claims it
  oracle cases export --payment ID | --from BLOCK --to BLOCK --format json|csv --settings FILE [--out FILE]
                                                   everything a reviewer needs about payments, beside a running node, too

Settings are described in docs/reference/settings.md; every one can be overridden by a variable such as SLUICE_RPC_URL.`;

class UsageError extends Error {
  override readonly name = "UsageError";
}

function option(values: Readonly<Record<string, unknown>>, name: string): string {
  const value = values[name];
  if (typeof value !== "string") throw new UsageError(`--${name} is missing`);
  return value;
}

/** Says that a node could start with these settings, and what they are after file, environment and defaults. */
function checkSettings(values: Readonly<Record<string, unknown>>): void {
  const settings = loadSettings(option(values, "settings"), process.env, "serve");
  process.stdout.write(`${JSON.stringify(censored(settings), null, 2)}\n`);
}

async function serve(values: Readonly<Record<string, unknown>>, keeperOnly: boolean): Promise<void> {
  // A process that only keeps needs no signing key; what else is missing stops it where it is opened.
  const settings = loadSettings(option(values, "settings"), process.env, keeperOnly ? "read" : "serve");
  const node = await startNode(settings, { keeperOnly });
  stopOnSignals(process, () => node.stop(), report);
  try {
    await node.started;
  } catch (error) {
    await node.stop();
    throw error;
  }
}

async function replayPayment(values: Readonly<Record<string, unknown>>): Promise<void> {
  const abort = new AbortController();
  stopOnSignals(process, () => Promise.resolve(abort.abort()), report);
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const options = { payment: option(values, "payment"), settings: text("settings"), json: values["json"] === true };
  if (options.settings === undefined) for (const name of ["rpc", "gate"]) option(values, name);
  const place = { rpc: text("rpc"), gate: text("gate"), lists: text("lists"), from: text("from") };
  const print = (line: string): void => void process.stdout.write(line);
  process.exitCode = (await replayCommand({ ...options, ...place }, process.env, abort.signal, print)) ? 0 : 1;
}

function printShadow({ id, hash, payments, same, lines }: ShadowReport): void {
  const text = [
    `${id} ${hash}: ${payments} payments judged beside the model in force, ${same} of them alike`,
    ...lines,
  ];
  process.stdout.write(`${text.join("\n")}\n`);
}

async function shadow(values: Readonly<Record<string, unknown>>): Promise<void> {
  const settings = loadSettings(option(values, "settings"), process.env);
  printShadow(await shadowReport(settings, option(values, "model")));
}

async function promoteModel(values: Readonly<Record<string, unknown>>): Promise<void> {
  const settings = loadSettings(option(values, "settings"), process.env);
  const { modelsDir } = settings;
  printShadow(await promote(settings, option(values, "model"), modelsDir));
  process.stdout.write(
    `${modelsDir}/proposed.json names it. Payments are judged by the epoch the gate names: compile and deploy the model's
epoch contract, and propose it; only a vote that executes makes it judge.\n`,
  );
}

async function keys(verb: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const optional = (name: string): string | undefined =>
    values[name] === undefined ? undefined : option(values, name);
  const settings = (): NodeSettings => loadSettings(option(values, "settings"), process.env);
  const printed = await keysCommand(verb, (name) => option(values, name), settings, optional);
  if (printed === undefined) throw new UsageError(`there is no command keys ${verb}`);
  process.stdout.write(`${printed}\n`);
}

async function apiKeys(verb: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const settings = (): NodeSettings => loadSettings(option(values, "settings"), process.env);
  const printed = await apiKeysCommand(verb, (name) => option(values, name), settings);
  if (printed === undefined) throw new UsageError(`there is no command apikeys ${verb}`);
  process.stdout.write(`${printed}\n`);
}

async function guard(verb: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const settings = (): NodeSettings => loadSettings(option(values, "settings"), process.env);
  const printed = await guardCommand(verb, (name) => option(values, name), settings);
  if (printed === undefined) throw new UsageError(`there is no command guard ${verb}`);
  process.stdout.write(`${printed}\n`);
}

async function backup(values: Readonly<Record<string, unknown>>): Promise<void> {
  const settings = loadSettings(option(values, "settings"), process.env);
  process.stdout.write(`${await backupCommand(settings, option(values, "out"))}\n`);
}

async function proofs(verb: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const optional = (name: string): string | undefined =>
    values[name] === undefined ? undefined : option(values, name);
  const settings = (): NodeSettings => loadSettings(option(values, "settings"), process.env);
  const how = { optional, isToSend: values.send === true };
  const printed = await proofsCommand(verb, (name) => option(values, name), settings, how);
  if (printed === undefined) throw new UsageError(`there is no command proofs ${verb}`);
  process.stdout.write(`${printed}\n`);
}

async function quorumReport(values: Readonly<Record<string, unknown>>): Promise<void> {
  const settings = loadSettings(option(values, "settings"), process.env);
  const [from, to] = [Number(option(values, "from")), Number(option(values, "to"))];
  const rewards = typeof values["rewards"] === "string" ? values["rewards"] : undefined;
  const printed = await quorumReportOf(settings, { from, to, rewards, isToSign: values["sign"] === true });
  process.stdout.write(`${JSON.stringify(printed, null, 2)}\n`);
}

async function migrateStores(values: Readonly<Record<string, unknown>>): Promise<void> {
  const settings = loadSettings(option(values, "settings"), process.env);
  const store = typeof values.store === "string" ? values.store : undefined;
  const forgetSignatures = values["force-forget-signatures"] === true;
  for (const done of await migrateCommand(settings, { to: option(values, "to"), store, forgetSignatures }))
    process.stdout.write(`${done.store}: schema ${done.from} → ${done.to}\n`);
}

async function lists(verb: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const printed = await listsCommand(verb, {
    settings: loadSettings(option(values, "settings"), process.env),
    needed: (name) => option(values, name),
    optional: (name) => (values[name] === undefined ? undefined : option(values, name)),
    flag: (name) => values[name] === true,
  });
  if (printed === undefined) throw new UsageError(`there is no command lists ${verb}`);
  process.stdout.write(`${printed}\n`);
}

async function rebates(verb: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const printed = await rebatesCommand(verb, {
    settings: () => loadSettings(option(values, "settings"), process.env),
    needed: (name) => option(values, name),
    optional: (name) => (values[name] === undefined ? undefined : option(values, name)),
  });
  if (printed === undefined) throw new UsageError(`there is no command rebates ${verb}`);
  process.stdout.write(`${printed}\n`);
}

async function cases(verb: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const abort = new AbortController();
  stopOnSignals(process, () => Promise.resolve(abort.abort()), report);
  const printed = await casesCommand(verb, {
    settings: loadSettings(option(values, "settings"), process.env),
    needed: (name) => option(values, name),
    optional: (name) => (values[name] === undefined ? undefined : option(values, name)),
    signal: abort.signal,
  });
  if (printed === undefined) throw new UsageError(`there is no command cases ${verb}`);
  process.stdout.write(printed);
}

/** One line for people; the code first, so that programs find it, too. */
function report(thrown: unknown): void {
  const error: OracleError = asOracleError(thrown);
  const cause = error.cause === undefined ? "" : `: ${messageOf(error.cause)}`;
  process.stderr.write(`${error.code} ${error.message}${cause}\n`);
}

/** Options of all commands. */
const OPTIONS = {
  settings: { type: "string" },
  file: { type: "string" },
  format: { type: "string" },
  list: { type: "string" },
  column: { type: "string" },
  batch: { type: "string" },
  signatures: { type: "string" },
  "dry-run": { type: "boolean" },
  "remove-missing": { type: "boolean" },
  json: { type: "boolean" },
  from: { type: "string" },
  lists: { type: "string" },
  gate: { type: "string" },
  rpc: { type: "string" },
  payment: { type: "string" },
  model: { type: "string" },
  out: { type: "string" },
  in: { type: "string" },
  to: { type: "string" },
  a: { type: "string" },
  b: { type: "string" },
  one: { type: "string" },
  others: { type: "string" },
  send: { type: "boolean" },
  sign: { type: "boolean" },
  rewards: { type: "string" },
  store: { type: "string" },
  "force-forget-signatures": { type: "boolean" },
  "password-file": { type: "string" },
  "private-key-file": { type: "string" },
  account: { type: "string" },
  attesters: { type: "string" },
  url: { type: "string" },
  period: { type: "string" },
  "as-of": { type: "string" },
  table: { type: "string" },
  token: { type: "string" },
  root: { type: "string" },
  dir: { type: "string" },
  name: { type: "string" },
  scopes: { type: "string" },
  id: { type: "string" },
} as const;

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
  const command = positionals.join(" ");
  if (command === "serve" || command === "keeper") return serve(values, command === "keeper");
  if (command === "settings check") return checkSettings(values);
  if (command === "replay") return replayPayment(values);
  if (command === "shadow") return shadow(values);
  if (command === "promote") return promoteModel(values);
  if (command === "quorum-report") return quorumReport(values);
  if (positionals[0] === "proofs") return proofs(positionals.slice(1).join(" "), values);
  if (command === "migrate") return migrateStores(values);
  if (command === "backup") return backup(values);
  if (positionals[0] === "guard") return guard(positionals.slice(1).join(" "), values);
  if (positionals[0] === "apikeys") return apiKeys(positionals.slice(1).join(" "), values);
  if (positionals[0] === "rebates") return rebates(positionals.slice(1).join(" "), values);
  if (positionals[0] === "cases") return cases(positionals.slice(1).join(" "), values);
  if (positionals[0] === "lists") return lists(positionals.slice(1).join(" "), values);
  if (positionals[0] === "keys") return keys(positionals.slice(1).join(" "), values);
  throw new UsageError(command === "" ? "" : `there is no command ${command}`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const misused = error instanceof UsageError || (error instanceof TypeError && "code" in error);
  if (misused) process.stderr.write(`${error.message === "" ? "" : `${error.message}\n\n`}${USAGE}\n`);
  else report(error);
  process.exitCode = misused ? 2 : 1;
});
