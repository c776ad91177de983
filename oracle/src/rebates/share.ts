const BPS = 10_000n;

/** What is given away of one payment's protocol fee, smallest units. */
export interface Share {
  /** The protocol's part of the fee that it was taken from. */
  readonly fee: bigint;
  readonly commission: bigint;
  readonly rebate: bigint;
}

export const NOTHING: Share = { fee: 0n, commission: 0n, rebate: 0n };

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/**
 * Commission and rebate out of a fee, each rounded down, and together always below it: whatever the rates, one unit stays.
 * A payment with itself therefore always costs something.
 */
export function shareOf(fee: bigint, commissionBps: number, rebateBps: number): Share {
  if (fee <= 0n) return NOTHING;
  const most = fee - 1n;
  const commission = least((fee * BigInt(commissionBps)) / BPS, most);
  const rebate = least((fee * BigInt(rebateBps)) / BPS, most - commission);
  return { fee, commission, rebate };
}

/** Two shares of one payment. Where each is below its fee the sum is, too. */
export function plus(a: Share, b: Share): Share {
  return { fee: a.fee + b.fee, commission: a.commission + b.commission, rebate: a.rebate + b.rebate };
}

/** A share after the fee it was taken from has shrunk, as by a refund: in proportion, rounded down. */
export function shrunk(share: Share, fee: bigint): Share {
  if (fee >= share.fee) return share;
  if (fee <= 0n) return NOTHING;
  return { fee, commission: (share.commission * fee) / share.fee, rebate: (share.rebate * fee) / share.fee };
}
