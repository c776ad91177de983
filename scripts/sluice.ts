import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";

import { secondsOf } from "./sluice/amounts.ts";
import { CliError, reportOf } from "./sluice/cliError.ts";
import type { Answer, Command, Input } from "./sluice/command.ts";
import { commands, globalOptions, usageText } from "./sluice/commands.ts";
import { Context } from "./sluice/context.ts";
import { deploymentAt, providerAt, rpcUrlOf, signerOf, type PlaceOptions } from "./sluice/place.ts";

/** `npm run sluice -- COMMAND`: the command line of integrators and holders. */
const thousand = 1000;

/** The command that the first words name, and how many they are. */
function commandOf(words: readonly string[]): { command: Command; length: number } {
  for (const length of [2, 1]) {
    if (words.length < length) continue;
    const name = words.slice(0, length).join(" ");
    const command = commands.find((one) => one.name === name);
    if (command !== undefined) return { command, length };
  }
  throw new CliError("USAGE", `there is no command ${words.join(" ")}; npm run sluice -- --help lists them`);
}

/** JSON in which whole numbers of any size are decimal text. */
function jsonOf(value: unknown): string {
  const row = (_key: string, inner: unknown): unknown => (typeof inner === "bigint" ? inner.toString() : inner);
  return JSON.stringify(value, row);
}

function placeOf(text: Input["text"], environment: Readonly<Record<string, string | undefined>>): PlaceOptions {
  const given = ["account", "key-file", "keystore"].some((name) => text(name) !== undefined);
  // Who acts is said on the line or in the environment: half of both would be a riddle.
  const who = (option: string, variable: string): string | undefined =>
    text(option) ?? (given ? undefined : environment[variable]);
  return {
    rpc: text("rpc"),
    deployment: text("deployment"),
    account: who("account", "SLUICE_CLI_ACCOUNT"),
    keyFile: who("key-file", "SLUICE_CLI_KEY_FILE"),
    keystore: who("keystore", "SLUICE_CLI_KEYSTORE"),
    passwordFile: text("password-file") ?? environment["SLUICE_CLI_PASSWORD_FILE"],
  };
}

/** Shows what is about to happen and asks, where somebody is there to answer. */
async function confirm(lines: readonly string[]): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  process.stderr.write(`${lines.join("\n")}\n`);
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await ask.question("send this? [y/N] ");
  ask.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function answered(command: Command, input: Input): Promise<Answer> {
  const place = placeOf(input.text, process.env);
  const provider = await providerAt(rpcUrlOf(place, process.env));
  try {
    const { chainId } = await provider.getNetwork();
    const deployment = deploymentAt(Number(chainId), place.deployment);
    const context = new Context({
      ...{ provider, deployment, confirm, rpcUrl: rpcUrlOf(place, process.env) },
      signer: () => signerOf(place, provider),
      dryRun: input.flag("dry-run"),
      patienceMs: secondsOf(input.text("patience") ?? "2m") * thousand,
    });
    return await command.run(context, input);
  } finally {
    provider.destroy();
  }
}

/** Splits the line in two passes: the first finds the command, the second knows its options. */
function read(argv: readonly string[]): { command: Command; input: Input } {
  const words = argv.slice(0, argv.findIndex((word) => word.startsWith("-")) >>> 0);
  const { command, length } = commandOf(words);
  let parsed;
  try {
    const options = { ...globalOptions, ...command.options };
    parsed = parseArgs({ args: argv.slice(length), allowPositionals: true, options });
  } catch (error) {
    throw new CliError("USAGE", `${(error as Error).message}\nusage: sluice ${command.name} ${command.usage}`); // parseArgs throws errors
  }
  const { positionals: args, values } = parsed;
  const [least, most] = command.arity;
  if (args.length < least || args.length > most) {
    throw new CliError("USAGE", `usage: sluice ${command.name} ${command.usage}`);
  }
  const text = (name: string): string | undefined => {
    const value: unknown = Reflect.get(values, name);
    return typeof value === "string" ? value : undefined;
  };
  return { command, input: { args, text, flag: (name) => Reflect.get(values, name) === true } };
}

async function main(argv: readonly string[]): Promise<void> {
  if (argv.length === 0 || argv.includes("--help")) {
    process.stdout.write(usageText());
    return;
  }
  const isJson = argv.includes("--json");
  try {
    const { command, input } = read(argv);
    const { json, lines } = await answered(command, input);
    process.stdout.write(`${isJson ? jsonOf(json) : lines.join("\n")}\n`);
  } catch (thrown) {
    const { code, message, details } = reportOf(thrown);
    process.stderr.write(`${isJson ? jsonOf({ error: { code, message, details } }) : `${code} ${message}`}\n`);
    process.exitCode = code === "USAGE" ? 2 : 1;
  }
}

await main(process.argv.slice(2));
