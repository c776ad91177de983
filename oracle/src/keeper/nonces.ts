/** What is known about an account's nonces. */
export interface NonceView {
  /** Transactions of the account in blocks: the next nonce a block can take. */
  readonly mined: number;
  /** The same with what the endpoint's pool holds without a gap. */
  readonly pending: number;
  /** Nonces of the keeper's own transactions that are not in a block. */
  readonly open: ReadonlySet<number>;
}

/** The nonce for a new transaction: the lowest that neither a block, the pool nor the keeper has used. Fills gaps first. */
export function nextNonce({ mined, pending, open }: NonceView): number {
  let nonce = Math.max(mined, pending);
  while (open.has(nonce)) nonce += 1;
  return nonce;
}

/** Nonces below the keeper's highest open one that nothing fills: until somebody does, what lies above is stuck. */
export function gaps({ mined, pending, open }: NonceView): number[] {
  const highest = Math.max(-1, ...open);
  const found: number[] = [];
  for (let nonce = Math.max(mined, pending); nonce < highest; nonce += 1) if (!open.has(nonce)) found.push(nonce);
  return found;
}
