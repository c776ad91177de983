import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";

import { messageOf, OracleError } from "./errors.ts";
import { environmentName, SETTING_NOTES, SETTING_SHAPE, type SettingName } from "./ops/settings.ts";

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

// The keys of SETTING_SHAPE are exactly SettingName; Object.keys forgets it.
const names = Object.keys(SETTING_SHAPE) as SettingName[];

function invalid(message: string): OracleError {
  return new OracleError("SETTINGS_INVALID", message);
}

function readJson(path: string, what: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw invalid(`${what} ${path} cannot be read: ${messageOf(error)}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`${what} ${path} is not JSON: ${messageOf(error)}`);
  }
}

function fromEnvironment(environment: Environment): Record<string, unknown> {
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
      throw invalid(`${environmentName(name)} must be a ${SETTING_NOTES[name].type} in JSON, got ${text}`);
    }
  }
  return values;
}

function resolvePaths(values: Record<string, unknown>, base: string): void {
  for (const name of names) {
    const value = values[name];
    if (SETTING_NOTES[name].path === true && typeof value === "string") values[name] = resolve(base, value);
  }
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `${issue.keys.join(", ")}: no such setting`;
  return `${issue.path.join(".")}: ${issue.message}`;
}

const deploymentSchema = z.object({
  chainId: z.number().int().positive(),
  gate: SETTING_SHAPE.gate.unwrap(),
  escrow: SETTING_SHAPE.escrow.unwrap(),
  deployedBlock: z.number().int().min(0),
});

/** In the file the registry stands among the addresses of governance. */
const governedSchema = z.object({ governance: z.object({ listRegistry: SETTING_SHAPE.listRegistry }).optional() });

type Resolved = z.output<typeof deploymentSchema> & { readonly listRegistry: string | undefined };

function resolveDeployment(settings: Settings): Resolved {
  if (settings.deployment === undefined) {
    const parsed = deploymentSchema.safeParse(settings);
    if (parsed.success) return { ...parsed.data, listRegistry: settings.listRegistry };
    const missing = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
    throw invalid(`${missing}: needed where there is no deployment file`);
  }
  const file = readJson(settings.deployment, "deployment");
  const parsed = deploymentSchema.and(governedSchema).safeParse(file);
  if (!parsed.success)
    throw invalid(`deployment ${settings.deployment}: ${parsed.error.issues.map(describe).join("; ")}`);
  if (settings.chainId !== undefined && settings.chainId !== parsed.data.chainId) {
    throw invalid(`chainId: is ${settings.chainId}, the deployment file says ${parsed.data.chainId}`);
  }
  const { governance, ...rest } = parsed.data;
  return { ...rest, listRegistry: governance?.listRegistry ?? settings.listRegistry };
}

/**
 * Checks settings from a file's values and the environment.
 *
 * @param values What the settings file holds.
 * @param environment Variables such as SLUICE_RPC_URL; they override the file.
 * @param base Directory that relative paths start from.
 * @throws OracleError SETTINGS_INVALID naming every setting that is wrong.
 */
export function parseSettings(values: unknown, environment: Environment, base: string): NodeSettings {
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw invalid("settings must be an object");
  const merged: Record<string, unknown> = { ...values, ...fromEnvironment(environment) };
  resolvePaths(merged, base);
  const parsed = schema.safeParse(merged);
  if (!parsed.success) throw invalid(parsed.error.issues.map(describe).join("; "));
  const settings = parsed.data;
  const modelsDir = settings.modelsDir ?? resolve(import.meta.dirname, "..", "models");
  return { ...settings, ...resolveDeployment(settings), modelsDir };
}

/** Reads a settings file. Relative paths in it are relative to it. */
export function loadSettings(path: string, environment: Environment): NodeSettings {
  const absolute = resolve(path);
  return parseSettings(readJson(absolute, "settings file"), environment, dirname(absolute));
}
