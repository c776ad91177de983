import { concat, getCreate2Address, keccak256, type Signer } from "ethers";
import { readFile } from "node:fs/promises";

/** Where Permit2 is on every chain that has it: the address follows from its code, a salt and the factory. */
export const permit2Address = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

const salt = "0x0000000000000000000000000000000000000000d3af2663da51c10215000000";
const factory = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
/** Takes a salt and init code as calldata, deploys it with CREATE2 and answers the address. */
const factoryCode =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

/**
 * Puts the real Permit2 (Uniswap Labs, MIT licence, as published) at its address on a simulated chain. That the bytes are the
 * real ones is checked: no others lead to that address.
 * @param setCode Of the simulated chain; used for the factory only
 */
export async function installPermit2(
  deployer: Signer,
  setCode: (address: string, code: string) => Promise<void>,
): Promise<void> {
  const initCode = (await readFile(new URL("permit2.hex", import.meta.url), "utf8")).trim();
  const address = getCreate2Address(factory, salt, keccak256(initCode));
  if (address !== permit2Address) throw new Error(`permit2.hex leads to ${address}, not to ${permit2Address}`);
  await setCode(factory, factoryCode);
  await deployer.sendTransaction({ to: factory, data: concat([salt, initCode]), gasLimit: 5_000_000 });
}
