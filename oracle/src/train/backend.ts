import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import util from "node:util";

import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

/** What ORACLE_TF_BACKEND may say. */
export const BACKENDS = ["auto", "tensorflow", "wasm", "cpu"] as const;

export type BackendChoice = (typeof BACKENDS)[number];

/** A backend that was asked for by name and does not load. */
export class BackendError extends Error {
  override readonly name = "BackendError";
}

const require = createRequire(import.meta.url);

/** The choice in an environment: absent means auto, anything unknown is an error. */
export function backendChoice(environment: Readonly<Record<string, string | undefined>>): BackendChoice {
  const value = environment.ORACLE_TF_BACKEND ?? "auto";
  const choice = BACKENDS.find((backend) => backend === value);
  if (choice === undefined) throw new BackendError(`ORACLE_TF_BACKEND is ${value}, expected ${BACKENDS.join(", ")}`);
  return choice;
}

/** The native binding reads two helpers that Node removed in version 23. */
function restoreRemovedHelpers(): void {
  const helpers = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  };
  for (const [name, helper] of Object.entries(helpers)) {
    if (!(name in util)) Object.defineProperty(util, name, { value: helper, configurable: true });
  }
}

/** Loads the native binding, which registers the backend named tensorflow; throws where it is not installed or does not load. */
function loadNativeBinding(): void {
  restoreRemovedHelpers();
  require("@tensorflow/tfjs-node");
}

async function tryBackend(name: Exclude<BackendChoice, "auto">, loadNative: () => void): Promise<string | undefined> {
  try {
    if (name === "tensorflow") loadNative();
    if (name === "wasm")
      setWasmPaths(`${join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist")}/`);
    if (!(await tf.setBackend(name))) return `${name} did not initialise`;
    await tf.ready();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? error.message) : String(error);
  }
}

/**
 * Makes TensorFlow.js ready. A backend asked for by name that does not load is an error; `auto` takes the first of
 * tensorflow, wasm and cpu that loads, and says which ones did not.
 *
 * @param tell Where the fallback is reported.
 * @param loadNative Registers the backend named tensorflow, or throws.
 * @returns The backend in use.
 */
export async function selectBackend(
  choice: BackendChoice,
  tell: (message: string) => void,
  loadNative: () => void = loadNativeBinding,
): Promise<string> {
  tf.enableProdMode();
  const candidates = choice === "auto" ? (["tensorflow", "wasm", "cpu"] as const) : ([choice] as const);
  for (const candidate of candidates) {
    const problem = await tryBackend(candidate, loadNative);
    if (problem === undefined) return candidate;
    if (choice !== "auto") throw new BackendError(`TensorFlow.js backend ${candidate} does not load: ${problem}`);
    tell(`TensorFlow.js backend ${candidate} does not load (${problem}), trying the next one`);
  }
  throw new BackendError("no TensorFlow.js backend loads");
}
