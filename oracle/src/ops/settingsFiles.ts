import { accessSync, constants, statSync } from "node:fs";

import { SETTING_NOTES, type SettingName, type SettingNote } from "./settings.ts";

/** Bits that let group or others read, write or execute. */
const OTHERS = 0o077;

function reasonOf(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  if (code === "ENOENT") return "does not exist";
  if (code === "EACCES") return "may not be read by this user";
  return `cannot be read (${String(code ?? error)})`;
}

/** What is wrong with one file or directory, undefined where nothing is. */
function problemOf(name: string, path: string, kind: NonNullable<SettingNote["needs"]>): string | undefined {
  try {
    const found = statSync(path);
    if (kind === "directory" && !found.isDirectory()) return `${name}: ${path} is no directory`;
    if (kind !== "directory" && !found.isFile()) return `${name}: ${path} is no file`;
    accessSync(path, constants.R_OK);
    const open = kind === "secret" && (found.mode & OTHERS) !== 0 && process.platform !== "win32";
    return open ? `${name}: ${path} is readable by others: chmod 600 it` : undefined;
  } catch (error) {
    return `${name}: ${path} ${reasonOf(error)}`;
  }
}

/** The settings that say where one key is: in a keystore, its password, a plain file, or at the remote signer. */
const KEY_SOURCES = {
  current: ["keyFile", "passwordFile", "privateKeyFile", "signerAddress"],
  next: ["nextKeyFile", "nextPasswordFile", "nextPrivateKeyFile", "nextSignerAddress"],
  keeper: ["keeperKeyFile", "keeperPasswordFile", "keeperPrivateKeyFile", "keeperSignerAddress"],
} as const satisfies Record<string, readonly [SettingName, SettingName, SettingName, SettingName]>;

/** What is missing or too much of what says where the keys are. The current key is needed, the others are not. */
function keyProblems(values: Readonly<Record<string, unknown>>): string[] {
  const has = (name: SettingName): boolean => values[name] !== undefined;
  const problems: string[] = [];
  for (const [which, [keystore, password, plain, remote]] of Object.entries(KEY_SOURCES)) {
    const named = [keystore, plain, remote].filter(has).length;
    if (named > 1 || (named === 0 && which === "current")) {
      problems.push(`${keystore}, ${plain}, ${remote}: exactly one of them is needed`);
    } else if (has(keystore) && !has(password)) {
      problems.push(`${password}: needed beside ${keystore}`);
    } else if (has(remote) && !has("signerUrl")) {
      problems.push(`signerUrl: needed beside ${remote}`);
    }
  }
  return problems;
}

/**
 * Looks at every file and directory that settings name and a node needs to start.
 *
 * @param values Settings with absolute paths; they need not be valid otherwise.
 * @returns One line a problem, the setting's name first; never what stands in a file.
 */
export function fileProblems(values: Readonly<Record<string, unknown>>): string[] {
  const problems = keyProblems(values);
  for (const [name, { needs }] of Object.entries(SETTING_NOTES)) {
    const path = values[name];
    if (needs === undefined || typeof path !== "string") continue;
    const problem = problemOf(name, path, needs);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}
