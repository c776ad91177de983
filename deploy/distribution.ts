import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import type { Grant } from "./grants.ts";

/** Ignition's name of a grant's wallet. */
export function walletId(grant: Grant): string {
  return `vesting_${grant.name}`;
}

/**
 * The first supply to its receivers. First a vesting wallet for each grant that has one, then, once all of them are there, the approval
 * and one transaction that sends everything or nothing. The deployer must hold the whole supply: he is the `distributor` of
 * the module Treasury.
 *
 * Parameter: `token`. The grants are part of the module, because their number decides how many contracts there are; a run
 * that broke off goes on where it stood, and Ignition refuses to go on with other grants.
 */
export function distributionModule(grants: readonly Grant[]) {
  return buildModule("Distribution", (m) => {
    const token = m.contractAt("SluiceToken", m.getParameter<string>("token"), { id: "token" });
    const distributor = m.contract("SupplyDistributor", [], { id: "distributor" });
    const wallets = grants.map((grant) => {
      if (grant.vesting === undefined) return undefined;
      const { startSeconds, durationSeconds, cliffSeconds } = grant.vesting;
      const schedule = [grant.recipient, startSeconds, durationSeconds, cliffSeconds];
      return m.contract("SluiceVesting", schedule, { id: walletId(grant) });
    });
    const receivers = grants.map(({ recipient }, index) => wallets[index] ?? recipient);
    const amounts = grants.map(({ amount }) => amount);
    const supply = amounts.reduce((sum, amount) => sum + amount, 0n);
    const after = [distributor, ...wallets.filter((wallet) => wallet !== undefined)];
    const approved = m.call(token, "approve", [distributor, supply], { id: "approve", after });
    m.call(distributor, "distribute", [token, receivers, amounts], { id: "distribute", after: [approved] });
    const made = grants.flatMap((grant, index) => {
      const wallet = wallets[index];
      return wallet === undefined ? [] : [[walletId(grant), wallet] as const];
    });
    return { distributor, ...Object.fromEntries(made) };
  });
}
