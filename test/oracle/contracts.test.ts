import { packChannelTerms } from "@sluice/sdk";
import { expect } from "chai";
import { join } from "node:path";

import type { NodeSettings } from "../../oracle/src/config.ts";
import { ChainStore } from "../../oracle/src/store/chainStore.ts";
import { ContractStore } from "../../oracle/src/store/contractStore.ts";
import { openChain } from "../../oracle/src/store/dataDir.ts";
import type { EventRow } from "../../oracle/src/store/schema.ts";
import { startChain, UNIT, type TestChain } from "./support/chain.ts";
import { ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

/** Runs a node until it has read the chain, then answers what it has kept of the channels. */
async function keptBy(settings: NodeSettings): Promise<{ events: EventRow[]; read: Map<string, string> }> {
  await (await ready(settings)).stop();
  const database = await openChain(join(settings.dataDir, "chain.sqlite"));
  const kinds = ["channels.opened", "channels.toppedUp"];
  const events = await new ChainStore(database, 256).eventsOfKind(kinds);
  const read = await new ContractStore(database).read();
  await database.destroy();
  return { events, read };
}

describe("oracle: contracts beside gate and escrow", () => {
  let chain: TestChain;
  let channels: string;
  const scratch = new Scratch();

  /** Opens a channel; each in a block of its own. */
  const open = async (address: string, salt: bigint): Promise<void> => {
    const contract = await chain.ethers.getContractAt("PaymentChannels", address);
    const terms = {
      payer: chain.payer.address,
      payee: chain.payee.address,
      token: chain.addresses.token,
      signer: chain.payer.address,
      exitDelay: 86_400,
      salt,
    };
    await contract.connect(chain.payer).open(packChannelTerms(terms), 10n * UNIT);
  };
  const deploy = async (): Promise<string> => {
    const contract = await chain.ethers.deployContract("PaymentChannels", [chain.addresses.gate]);
    await chain.token.connect(chain.payer).approve(await contract.getAddress(), 2n ** 256n - 1n);
    return contract.getAddress();
  };

  before(async () => {
    chain = await startChain();
    channels = await deploy();
    for (let salt = 1n; salt <= 3n; salt++) await open(channels, salt);
  });
  after(async () => {
    await chain.close();
    scratch.clean();
  });

  it("are read from the first block on where the settings name them", async () => {
    const { events, read } = await keptBy(settingsFor(chain, scratch.dir(), chain.attester(0), { channels }));
    expect(events.map(({ kind }) => kind)).to.deep.equal(Array<string>(3).fill("channels.opened"));
    expect(events[0]?.subject).to.match(/^0x[0-9a-f]{64}$/);
    expect(read).to.deep.equal(new Map([["channels", channels.toLowerCase()]]));
  });

  it("are read again on their own where they are named later: the same rows", async () => {
    const home = scratch.dir();
    const without = await keptBy(settingsFor(chain, home, chain.attester(0)));
    expect(without.events).to.deep.equal([]);
    const ranges = { channels, backfillRangeBlocks: 3 };
    const later = await keptBy(settingsFor(chain, home, chain.attester(0), ranges));
    const atOnce = await keptBy(settingsFor(chain, scratch.dir(), chain.attester(0), { channels }));
    expect(later).to.deep.equal(atOnce);
    expect(later.events).to.have.length(3);
  });

  it("leave nothing behind when another address takes their place", async () => {
    const home = scratch.dir();
    await keptBy(settingsFor(chain, home, chain.attester(0), { channels }));
    const other = await deploy();
    await open(other, 9n);
    const { events, read } = await keptBy(settingsFor(chain, home, chain.attester(0), { channels: other }));
    expect(events).to.have.length(1);
    expect(read.get("channels")).to.equal(other.toLowerCase());
  });
});
