import { OracleError } from "../errors.ts";

/** Kinds of stored events that move an account's stake. */
export const STAKE_KINDS = [
  "stake.staked",
  "stake.unstaked",
  "stake.withdrawn",
  "stake.recalled",
  "stake.slashed",
] as const;

/** An event of the stake, as it is stored. */
export interface StakeEvent {
  readonly kind: string;
  /** Arguments by name as JSON, amounts in decimal text. */
  readonly body: string;
}

/** What an account has in the stake, in the token's smallest unit. */
export interface HeldStake {
  /** Stake and bond together: one becomes the other without leaving. */
  readonly held: bigint;
  /** On its way out: it counts as left from the second in which it was taken back. */
  readonly unbonding: bigint;
}

const NOTHING: HeldStake = { held: 0n, unbonding: 0n };

function amountOf({ kind, body }: StakeEvent): bigint {
  const parsed: unknown = JSON.parse(body);
  const amount: unknown = typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, "amount") : undefined;
  if (typeof amount === "string" && /^\d+$/.test(amount)) return BigInt(amount);
  throw new OracleError("INTERNAL", `a stored ${kind} has no amount`);
}

function after({ held, unbonding }: HeldStake, event: StakeEvent): HeldStake {
  const amount = amountOf(event);
  switch (event.kind) {
    case "stake.staked":
      return { held: held + amount, unbonding };
    case "stake.unstaked":
      return { held: held - amount, unbonding: unbonding + amount };
    case "stake.withdrawn":
      return { held, unbonding: unbonding - amount };
    case "stake.recalled": {
      // The contract takes back what is on its way out first; the rest was stake and is bond now.
      const back = amount < unbonding ? amount : unbonding;
      return { held: held + back, unbonding: unbonding - back };
    }
    case "stake.slashed":
      return { held: held - amount, unbonding };
    default:
      throw new RangeError(`${event.kind} moves no stake`);
  }
}

/**
 * What one account has in the stake after its events, in the order of the chain: what `SluiceStake.position` says, with
 * `staked` and `bonded` in one.
 */
export function heldStake(events: readonly StakeEvent[]): HeldStake {
  return events.reduce(after, NOTHING);
}
