import type { ParseArgsOptionsConfig } from "node:util";

import type { Answer } from "./answer.ts";
import { CliError } from "./cliError.ts";
import type { Context } from "./context.ts";

export type { Answer } from "./answer.ts";

/** What stood on the command line behind the command's name. */
export interface Input {
  readonly args: readonly string[];
  readonly text: (option: string) => string | undefined;
  readonly flag: (option: string) => boolean;
}

/** One command. Its texts are the reference page, too. */
export interface Command {
  /** One or two words. */
  readonly name: string;
  /** What follows them, as usage. */
  readonly usage: string;
  /** A sentence. */
  readonly does: string;
  /** Options beside those that every command takes. */
  readonly options?: ParseArgsOptionsConfig;
  /** How many arguments there are at least and at most. */
  readonly arity: readonly [least: number, most: number];
  readonly run: (context: Context, input: Input) => Promise<Answer>;
}

/** An option that must be there. */
export function needed(input: Input, option: string): string {
  const value = input.text(option);
  if (value === undefined) throw new CliError("USAGE", `--${option} is missing`);
  return value;
}

/** An argument that the arity says is there. */
export function argument(input: Input, index: number): string {
  const value = input.args[index];
  if (value === undefined) throw new CliError("USAGE", `argument ${index + 1} is missing`);
  return value;
}
