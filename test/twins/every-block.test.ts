import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";

import { expect } from "chai";

const ROOT = new URL("../../", import.meta.url).pathname;

/** How many blocks of assembly a file has, and the tests that hold them against something plain. */
const TWINS: Readonly<Record<string, readonly [blocks: number, ...tests: string[]]>> = {
  "contracts/channels/Accounts.sol": [1, "channels/pay-many"],
  "contracts/channels/ChannelStore.sol": [2, "twins/words"],
  "contracts/channels/Credits.sol": [2, "twins/channel-balance", "twins/channel-calls"],
  "contracts/channels/PaymentChannels.sol": [1, "twins/channel-calls"],
  "contracts/channels/SignedBy.sol": [1, "twins/signatures"],
  "contracts/channels/VoucherRows.sol": [16, "channels/row-by-row", "channels/eip712"],
  "contracts/escrow/Collect.sol": [2, "twins/calls", "escrow/permit2"],
  "contracts/escrow/LaneRouter.sol": [1, "twins/calls"],
  "contracts/escrow/Ledger.sol": [1, "twins/calls"],
  "contracts/escrow/Moves.sol": [1, "twins/tier"],
  "contracts/escrow/Openings.sol": [1, "twins/calls"],
  "contracts/escrow/PaymentEscrow.sol": [1, "twins/calls"],
  "contracts/escrow/Preparer.sol": [1, "twins/calls"],
  "contracts/governance/BatchVotes.sol": [1, "governance/batch-votes"],
  "contracts/libraries/MicroUnits.sol": [1, "twins/words", "risk/micro-units"],
  "contracts/libraries/PartySignature.sol": [1, "twins/words"],
  "contracts/risk/EpochReasons.sol": [1, "risk/explain"],
  "contracts/risk/PolicyHistory.sol": [1, "risk/audit"],
  "contracts/risk/SplitEpochBase.sol": [2, "risk/explain", "model/agreement"],
  "contracts/risk/EpochTables.sol": [2, "twins/signatures"],
  "contracts/types/Attestation.sol": [5, "twins/words", "twins/signatures"],
  "contracts/types/ChannelTerms.sol": [1, "twins/words"],
  "contracts/types/PolicyChange.sol": [2, "twins/words"],
  "contracts/types/Terms.sol": [1, "twins/words", "escrow/ids"],
  "contracts/types/Voucher.sol": [1, "twins/calls", "channels/eip712"],
};

/** Generated: the model's reference in the oracle is the twin of every epoch. */
const EPOCHS = "contracts/risk/epochs/";

async function blocksByFile(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for await (const path of glob("contracts/**/*.sol", { cwd: ROOT })) {
    if (path.startsWith("contracts/mocks/") || path.startsWith(EPOCHS)) continue;
    const blocks = (await readFile(`${ROOT}${path}`, "utf8")).match(/^\s*assembly \(/gm)?.length ?? 0;
    if (blocks > 0) found[path] = blocks;
  }
  return found;
}

describe("assembly and its twins", () => {
  it("are listed here, each block of each file", async () => {
    const listed = Object.entries(TWINS).map(([path, [blocks]]) => [path, blocks]);
    expect(await blocksByFile()).to.deep.equal(Object.fromEntries(listed));
  });

  it("have tests that exist, the epochs' among them", () => {
    const tests = Object.values(TWINS).flatMap(([, ...names]) => names);
    for (const name of [...tests, "model/evm", "model/compile"]) {
      expect(existsSync(`${ROOT}test/${name}.test.ts`), name).to.equal(true);
    }
  });
});
