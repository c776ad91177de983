import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";

import { SIDE_PARTS } from "./chain/site.ts";
import { messageOf, OracleError } from "./errors.ts";
import { nearest } from "./ops/nearest.ts";
import { environmentName, looksLikeSetting, SETTING_NOTES, SETTING_SHAPE, type SettingName } from "./ops/settings.ts";
import { fileProblems } from "./ops/settingsFiles.ts";

const schema = z.strictObject(SETTING_SHAPE);

export type Settings = z.output<typeof schema>;

/** Settings with the deployment resolved: what the rest of the node works with. */
export interface NodeSettings extends Settings {
  readonly chainId: number;
  readonly gate: string;
  readonly escrow: string;
  readonly deployedBlock: number;
  readonly modelsDir: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong, gathered before anything is refused. */
type Problems = string[];

// The keys of SETTING_SHAPE are exactly SettingName; Object.keys forgets it.
const names = Object.keys(SETTING_SHAPE) as SettingName[];
const defaultModels = resolve(import.meta.dirname, "..", "models");

function invalid(problems: Problems): OracleError {
  const [first = ""] = problems;
  const message = problems.length === 1 ? first : `${problems.length} problems:\n  ${problems.join("\n  ")}`;
  return new OracleError("SETTINGS_INVALID", message, { problems: [...problems] });
}

/** The file's content, or undefined and a problem. */
function readJson(path: string, what: string, problems: Problems): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    problems.push(`${what} ${path} cannot be read: ${messageOf(error)}`);
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the file, which may hold an API key.
    problems.push(`${what} ${path} is not JSON`);
    return undefined;
  }
}

function fromEnvironment(environment: Environment, problems: Problems): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const text = environment[environmentName(name)];
    if (text === undefined || text === "") continue;
    if (SETTING_NOTES[name].type === "text") {
      values[name] = text;
      continue;
    }
    try {
      values[name] = JSON.parse(text);
    } catch {
      const got = SETTING_NOTES[name].secret === true ? "" : `, got ${text}`;
      problems.push(`${environmentName(name)} must be a ${SETTING_NOTES[name].type} in JSON${got}`);
    }
  }
  // The name that platforms give to the address of a database; the node's own wins.
  const { DATABASE_URL: databaseUrl } = environment;
  if (databaseUrl !== undefined && databaseUrl !== "") values.databaseUrl ??= databaseUrl;
  return values;
}

function hint(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

function unknownVariables(environment: Environment): Problems {
  const known = names.map(environmentName);
  return Object.keys(environment)
    .filter((variable) => looksLikeSetting(variable) && !known.includes(variable))
    .map((variable) => `${variable}: no setting has this variable${hint(variable, known)}`);
}

function resolvePaths(values: Record<string, unknown>, base: string): void {
  for (const name of names) {
    const value = values[name];
    if (SETTING_NOTES[name].path === true && typeof value === "string") values[name] = resolve(base, value);
  }
}

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
    return issue.keys.map((key) => `${key}: no such setting${hint(key, names)}`);
  }
  return [`${issue.path.join(".")}: ${issue.message}`];
}

const deploymentSchema = z.object({
  chainId: z.number().int().positive(),
  gate: SETTING_SHAPE.gate.unwrap(),
  escrow: SETTING_SHAPE.escrow.unwrap(),
  deployedBlock: z.number().int().min(0),
});

const { listRegistry, channels, attesters, stake, governor, policyRegistry, rebatePool, referralCodes } = SETTING_SHAPE;

/** Contracts beside gate and escrow. In the file most of them stand among the addresses of governance. */
const besideSchema = z.object({
  channels,
  governance: z
    .object({ listRegistry, attesters, stake, governor, policyRegistry, rebatePool, referralCodes })
    .optional(),
});

const BESIDE = ["listRegistry", ...SIDE_PARTS] as const;

type Beside = Pick<Settings, (typeof BESIDE)[number]>;
type Resolved = z.output<typeof deploymentSchema> & Beside;

/** The deployment file's contracts, and the settings' where the file names none. */
function besideOf(file: z.output<typeof besideSchema>, values: Readonly<Record<string, unknown>>): Beside {
  const named: Beside = { ...file.governance, channels: file.channels };
  const own = (name: keyof Beside): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  return Object.fromEntries(BESIDE.map((name) => [name, named[name] ?? own(name)]));
}

/** The deployment that the file or the settings themselves name; undefined and problems where there is none. */
function resolveDeployment(values: Readonly<Record<string, unknown>>, problems: Problems): Resolved | undefined {
  const { deployment, chainId } = values;
  if (typeof deployment !== "string") {
    const parsed = deploymentSchema.safeParse(values);
    if (parsed.success) return { ...parsed.data, ...besideOf({ channels: undefined }, values) };
    const missing = parsed.error.issues
      .map((issue) => issue.path.join("."))
      .filter((name) => values[name] === undefined);
    if (missing.length > 0) problems.push(`${missing.join(", ")}: needed where there is no deployment file`);
    return undefined;
  }
  const file = readJson(deployment, "deployment", problems);
  if (file === undefined) return undefined;
  const parsed = deploymentSchema.and(besideSchema).safeParse(file);
  if (!parsed.success) {
    problems.push(`deployment ${deployment}: ${parsed.error.issues.flatMap(describe).join("; ")}`);
    return undefined;
  }
  if (chainId !== undefined && chainId !== parsed.data.chainId) {
    problems.push(`chainId: is ${JSON.stringify(chainId)}, the deployment file says ${parsed.data.chainId}`);
  }
  const { governance, channels: channelsAddress, ...rest } = parsed.data;
  return { ...rest, ...besideOf({ governance, channels: channelsAddress }, values) };
}

/** What the settings are for: a node that is to run also needs its files. */
export type SettingsUse = "serve" | "read";

/**
 * Checks settings from a file's values and the environment.
 *
 * @param values What the settings file holds.
 * @param environment Variables such as SLUICE_RPC_URL; they override the file.
 * @param base Directory that relative paths start from.
 * @param use "serve" also looks at the files and directories a running node needs.
 * @throws OracleError SETTINGS_INVALID, every single problem in `details.problems`.
 */
export function parseSettings(
  values: unknown,
  environment: Environment,
  base: string,
  use: SettingsUse = "read",
): NodeSettings {
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw invalid(["settings must be an object"]);
  const problems: Problems = [];
  const merged: Record<string, unknown> = { ...values, ...fromEnvironment(environment, problems) };
  problems.push(...unknownVariables(environment));
  resolvePaths(merged, base);
  const parsed = schema.safeParse(merged);
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap(describe));
  else if (parsed.data.rpcAgreement > 1 + parsed.data.rpcUrls.length) {
    problems.push(`rpcAgreement: ${parsed.data.rpcAgreement} endpoints cannot agree, rpcUrl and rpcUrls name fewer`);
  }
  const deployment = resolveDeployment(merged, problems);
  if (use === "serve") problems.push(...fileProblems(merged));
  if (!parsed.success || deployment === undefined || problems.length > 0) throw invalid(problems);
  return { ...parsed.data, ...deployment, modelsDir: parsed.data.modelsDir ?? defaultModels };
}

/**
 * Reads a settings file. Relative paths in it are relative to it.
 *
 * @throws OracleError SETTINGS_INVALID, every single problem in `details.problems`.
 */
export function loadSettings(path: string, environment: Environment, use: SettingsUse = "read"): NodeSettings {
  const absolute = resolve(path);
  const problems: Problems = [];
  const values = readJson(absolute, "settings file", problems);
  if (problems.length > 0) throw invalid(problems);
  return parseSettings(values, environment, dirname(absolute), use);
}
