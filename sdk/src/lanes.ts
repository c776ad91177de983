import { keccak256, toBeHex } from "ethers";

import { checkAddress } from "./checks.ts";
import { SluiceError } from "./failure.ts";

/** The two fields of terms that choose a lane. */
export type LaneTerms = { payee: string; salt: bigint };

const hash = (value: bigint): bigint => BigInt(keccak256(toBeHex(value, 32)));

/**
 * Index of the lane a payment belongs to: (h(payee) + h(salt) mod width) mod lanes, h being keccak256 of the value as a 32-byte
 * word. Payments in different lanes share no storage slot of the escrow.
 * @param lanes Number of lanes, K.
 * @param width Over how many lanes this payee's payments spread, 1 to K; 1 keeps them together, so that one sweep fetches
 * what they left.
 * @throws SluiceError LANE_INVALID when lanes or width is out of range
 */
export function laneOf(terms: LaneTerms, lanes: number, width: number): number {
  if (!Number.isSafeInteger(lanes) || lanes < 1) {
    throw new SluiceError("LANE_INVALID", `lanes must be a whole number of at least 1, got ${lanes}`, "lanes");
  }
  if (!Number.isSafeInteger(width) || width < 1 || width > lanes) {
    throw new SluiceError("LANE_INVALID", `width must be from 1 to ${lanes}, got ${width}`, "width");
  }
  const payee = BigInt(checkAddress("payee", terms.payee));
  return Number((hash(payee) + (hash(terms.salt) % BigInt(width))) % BigInt(lanes));
}
