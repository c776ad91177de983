import { attestationTypes, epochDomain } from "@sluice/sdk";
import { SigningKey, TypedDataEncoder, ZeroAddress, computeAddress } from "ethers";
import { readFileSync } from "node:fs";

import { Keyring } from "../../oracle/src/attest/keyring.ts";
import type { Signer } from "../../oracle/src/attest/signer.ts";
import { loadSettings } from "../../oracle/src/config.ts";
import { startNode } from "../../oracle/src/index.ts";
import { stopOnSignals } from "../../oracle/src/lifecycle.ts";

/**
 * The same node, its signing as ethers' `signTypedData` does it: the general typed-data encoder, then the signature in JavaScript.
 * A signer is handed the digest, so what is encoded here is a statement of the same shape, and its digest is let go.
 */
function stockSigner(privateKey: string): Signer {
  const key = new SigningKey(privateKey);
  const domain = { ...epochDomain, chainId: 31_337, verifyingContract: ZeroAddress };
  const types = { Attestation: [...attestationTypes.Attestation] };
  return {
    address: computeAddress(key),
    sign: (digest) => {
      TypedDataEncoder.hash(domain, types, { subject: digest, asOf: 1n, asOfHash: digest, facts: digest });
      return Promise.resolve(key.sign(digest).compactSerialized);
    },
    close: () => Promise.resolve(),
  };
}

const [file = ""] = process.argv.slice(2);
const settings = loadSettings(file, {});
const signer = stockSigner(readFileSync(settings.privateKeyFile ?? "", "utf8").trim());
const node = await startNode(settings, { keys: new Keyring(signer) });
stopOnSignals(
  process,
  () => node.stop(),
  (error) => process.stderr.write(`${String(error)}\n`),
);
await node.started;
