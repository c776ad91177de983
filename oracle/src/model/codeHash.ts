import { keccak256 } from "ethers/crypto";

/** What the identity of an epoch is taken from: the fields of a compiler artifact. */
export interface RuntimeTemplate {
  /** Runtime bytecode as compiled, 0x hex; immutables are zero in it. */
  readonly deployedBytecode: string;
  /** Where constructors write immutables, in bytes, by declaration. */
  readonly immutableReferences?: Readonly<
    Record<string, readonly { readonly start: number; readonly length: number }[]>
  >;
}

function bytesOf(hex: string): Uint8Array {
  if (!/^0x([0-9a-fA-F]{2})*$/.test(hex)) throw new RangeError("runtime bytecode must be linked 0x hex");
  return Uint8Array.from({ length: (hex.length - 2) / 2 }, (_, index) =>
    parseInt(hex.slice(2 + 2 * index, 4 + 2 * index), 16),
  );
}

/**
 * The identity of a model's code: keccak256 of the runtime bytecode with the regions of immutables set to zero. Deployments
 * that differ in signers, tiers or tokens have the same one.
 *
 * @param template The compiler's artifact.
 * @param deployed Code read from a chain, 0x hex; the template's own when left out.
 */
export function codeHash(template: RuntimeTemplate, deployed = template.deployedBytecode): string {
  const code = bytesOf(deployed);
  for (const { start, length } of Object.values(template.immutableReferences ?? {}).flat())
    code.fill(0, start, start + length);
  return keccak256(code);
}

/** Length of the runtime code in bytes. */
export function codeBytes(template: RuntimeTemplate): number {
  return bytesOf(template.deployedBytecode).length;
}
