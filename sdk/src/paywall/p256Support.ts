import type { Provider } from "ethers";

/** Where EIP-7951 and RIP-7212 put the verification of P-256. */
const precompile = `0x${"00".repeat(18)}0100`;
/** A signature that is valid, of Wycheproof's vectors: hash, r, s, x, y. */
const valid = [
  "bb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023",
  "0000000000000000000000000000000000000000000000000000000000000005",
  "0000000000000000000000000000000000000000000000000000000000000001",
  "a71af64de5126a4a4e02b7922d66ce9415ce88a4c9d25514d91082c8725ac957",
  "5d47723c8fbe580bb369fec9c2665d8e30a435b9932645482e7c9f11e872296b",
];

/**
 * Whether the chain verifies P-256, asked once: where it does not, vouchers of such keys are worth nothing.
 * @throws whatever the provider throws, and asks again the next time
 */
export function p256Support(provider: Pick<Provider, "call">): () => Promise<boolean> {
  let known: Promise<boolean> | undefined;
  return () => {
    known ??= provider.call({ to: precompile, data: `0x${valid.join("")}` }).then(
      (answer) => /^0x0{63}1$/.test(answer),
      (error: unknown) => {
        known = undefined;
        throw error;
      },
    );
    return known;
  };
}
