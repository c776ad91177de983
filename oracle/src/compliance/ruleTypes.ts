import type { AsOf } from "../facts/context.ts";
import type { History } from "../facts/history.ts";

/** What the rules look for. Zero switches a rule off. */
export interface RuleSettings {
  /** Micro-units: amounts from 80 % of it up to, not including, it are "just below". */
  readonly structuringThreshold: number;
  /** Micro-units: less than this received is not looked at. */
  readonly rapidMovementFloor: number;
}

/** The payment that is looked at. Addresses and id are lower-case 0x strings. */
export interface RuleSubject {
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  /** Timestamp of the authorization's block, in seconds. */
  readonly time: number;
}

export type RuleCode = "STRUCTURING" | "RAPID_MOVEMENT";
export type RuleSide = "payer" | "payee";

/** Why a person should look at a payment. It tells reviewers something and never changes a band. */
export interface RuleReason {
  readonly code: RuleCode;
  /** Whose conduct it is. */
  readonly side: RuleSide;
  readonly account: string;
  /** Ids of the payments it rests on, at most 20 of each kind, in the order of the chain. */
  readonly payments: readonly string[];
  readonly sentence: string;
}

/** History as of a block, and what is looked for in it. */
export interface RuleInput {
  readonly history: History;
  readonly payment: RuleSubject;
  readonly asOf: AsOf;
}

export const RULE_SIDES: readonly RuleSide[] = ["payer", "payee"];

/** Most payments of a kind that a reason names. */
export const MOST_NAMED = 20;

/**
 * The part of an amount from which on it is near to the whole: 80 %, rounded up.
 *
 * @param micro Micro-units, a natural number.
 */
export function nearTo(micro: number): number {
  return micro - Math.floor(micro / 5);
}

/** Micro-units as a decimal number of units, without trailing zeros. */
export function unitsText(micro: number): string {
  const digits = String(micro).padStart(7, "0");
  const fraction = digits.slice(-6).replace(/0+$/, "");
  return `${digits.slice(0, -6)}${fraction === "" ? "" : `.${fraction}`}`;
}
