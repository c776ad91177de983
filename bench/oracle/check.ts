import { recoverAttesters } from "@sluice/sdk";
import { computeAddress } from "ethers";

import { PATH } from "./rounds.ts";
import type { Site } from "./world.ts";

/** Asks for some attestations and recovers their signer by the SDK: what is measured is an answer that a contract accepts. */
export async function checkAnswers(url: string, site: Site, bodies: readonly string[]): Promise<void> {
  const expected = computeAddress(site.keys[0]?.publicKey ?? "");
  for (const body of bodies) {
    const response = await fetch(`${url}${PATH}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const answer = (await response.json()) as { id: string; attestation: string }; // the API's own schema
    const signers = recoverAttesters(answer.attestation, answer.id, { chainId: site.chainId, epoch: site.epoch });
    if (signers.length === 1 && signers[0] === expected) continue;
    throw new Error(`the attestation of ${answer.id} is signed by ${signers.join(", ")}, not by ${expected}`);
  }
}
