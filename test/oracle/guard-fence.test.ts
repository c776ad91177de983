import { expect } from "chai";

import type { NodeSettings } from "../../oracle/src/config.ts";
import { guardCommand } from "../../oracle/src/ops/guardCommand.ts";
import { startChain, type TestChain } from "./support/chain.ts";
import { refused } from "./support/errors.ts";
import { ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";
import { DIALECTS, freshPlace } from "./support/stores.ts";

const MARGIN = 8;
const MOST_AHEAD = 100_000;

for (const dialect of DIALECTS)
  describe(`oracle: the fence of a guard in ${dialect}`, () => {
    const scratch = new Scratch();
    let chain: TestChain;
    before(async () => {
      chain = await startChain();
    });
    after(async () => {
      await chain.close();
      scratch.clean();
    });

    const settingsOf = async (): Promise<NodeSettings> => {
      const place = await freshPlace(dialect, scratch);
      return settingsFor(chain, scratch.dir(), chain.attester(0), { ...place.settings, reorgMarginBlocks: MARGIN });
    };
    const fence = (settings: NodeSettings, to: string): Promise<string | undefined> =>
      guardCommand(
        "fence",
        () => to,
        () => settings,
      );

    it("is no lower than the chain's newest block and the margin, and not out of all reach", async () => {
      const settings = await settingsOf();
      const head = await chain.ethers.provider.getBlockNumber();
      for (const to of [head, head + MARGIN - 1, head + MOST_AHEAD + 1, "-1", "tail", "1e9"]) {
        await refused(fence(settings, String(to)), "SETTINGS_INVALID");
      }
      for (const to of [head + MARGIN, head + MOST_AHEAD]) await fence(settings, String(to));
    });

    it("is not set where no endpoint says what the newest block is, or it serves another chain", async () => {
      const settings = await settingsOf();
      await refused(fence({ ...settings, rpcUrl: "http://127.0.0.1:1" }, "head"), "RPC_UNAVAILABLE");
      await refused(fence({ ...settings, chainId: 7 }, "head"), "CHAIN_MISMATCH");
    });

    it("does not come in the way of a node's own guard, and another key does not start on it", async () => {
      const settings = await settingsOf();
      await (await ready(settings)).stop();
      const other = settingsFor(chain, scratch.dir(), chain.attester(1));
      const { privateKeyFile } = other;
      await refused(ready({ ...settings, privateKeyFile }), "DATA_DIR_OTHER_SIGNER");
      const node = await ready(settings);
      expect(node.readiness().ready).to.equal(true);
      await node.stop();
    });
  });
