import { quantity } from "../chain/wire.ts";

/** What a block says about a transaction. */
export interface Receipt {
  readonly block: number;
  readonly success: boolean;
  readonly costWei: bigint;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function wei(value: unknown): bigint {
  return typeof value === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(value) ? BigInt(value) : 0n;
}

/** A receipt as the endpoint gives it; undefined where the transaction is in no block. */
export function parseReceipt(value: unknown): Receipt | undefined {
  if (typeof value !== "object" || value === null || field(value, "blockNumber") === null) return undefined;
  return {
    block: quantity(field(value, "blockNumber"), "receipt's block number"),
    success: field(value, "status") === "0x1",
    // Chains that publish their data elsewhere charge for that beside the gas.
    costWei: wei(field(value, "gasUsed")) * wei(field(value, "effectiveGasPrice")) + wei(field(value, "l1Fee")),
  };
}
