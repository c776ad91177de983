import { contractErrors, contractEvents, packPayManyRows, signBounty, signClose, signPayMany } from "@sluice/sdk";
import { expect } from "chai";
import { formatUnits } from "ethers";
import { readdir, readFile } from "node:fs/promises";

import { withToken } from "../shared/moves.ts";
import { ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import {
  batchOf,
  channelOf,
  DEPOSIT,
  fixture,
  HOUR,
  opened,
  queue,
  QUEUE_DELAY,
  redeem,
  stateOf,
  termsOf,
  voucher,
  type Channel,
  type Channels,
} from "./world.ts";
import { openedFor, redeemBySession, sessionOf } from "./sessions.ts";

const folder = "docs/operations";

function amount(value: bigint): string {
  const [whole = "", fraction = "0"] = formatUnits(value, 18).split(".");
  return BigInt(whole).toLocaleString("en") + (fraction === "0" ? "" : `.${fraction}`);
}

const yes = (value: boolean): string => (value ? "yes" : "no");

/** What the pages' tables name, as they write it. */
async function valuesOf(world: Channels, channel: Channel): Promise<Record<string, string>> {
  const token = await ethers.getContractAt("LocalToken", channel.terms.token);
  const state = await stateOf(world, channel);
  const { cumulative, releaseAt } = await world.channels.queueOf(channel.id);
  const now = await networkHelpers.time.latest();
  return {
    deposit: amount(state.deposit),
    claimed: amount(state.claimed),
    closed: yes(state.closed),
    capped: yes(state.capped),
    queued: amount(cumulative),
    releaseAt: releaseAt === 0n ? "0" : `now + ${(Number(releaseAt) - now) / HOUR} h`,
    "payer holds": amount(await token.balanceOf(world.payer.address)),
    "payee holds": amount(await token.balanceOf(world.payee.address)),
    "channels hold": amount(await token.balanceOf(world.channelSite.channels)),
    account: amount(await world.channels.credit(channel.terms.token, world.payer.address)),
    "credit of the payee": amount(await world.channels.credit(channel.terms.token, world.payee.address)),
  };
}

/** Does what the page describes and compares its table with the chain before and after. */
async function play(page: string, world: Channels, channel: Channel, act: () => Promise<unknown>): Promise<void> {
  const text = await readFile(`${folder}/channels-${page}.md`, "utf8");
  const [, table = ""] = text.split("| value | before | after |\n|---|---|---|\n");
  const rows = (table.split("\n\n")[0] ?? "").split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  expect(rows.length, `${page}: rows`).to.be.greaterThan(1);
  const before = await valuesOf(world, channel);
  await act();
  const after = await valuesOf(world, channel);
  for (const [, name = "", was, is] of rows)
    expect([name, before[name], after[name]], page).to.deep.equal([name, was, is]);
}

describe("docs: channels", () => {
  it("tell the story that the contract plays, figure by figure", async () => {
    const world = await fixture();
    const channel = channelOf(world, await termsOf(world));
    const calls = world.channels.connect(world.payer);
    await play("open", world, channel, () => calls.open(channel.packed, DEPOSIT));
    await play("top-up", world, channel, () => calls.topUp(channel.packed, 200n * UNIT));
    await play("redeem", world, channel, () => redeem(world, channel, 30n * UNIT));
    const batch = await batchOf(world, [[channel, 45n * UNIT]]);
    await play("redeem-many", world, channel, () => world.channels.redeemMany(batch.header, batch.rows, "0x"));
    await play("queue", world, channel, () => queue(world, channel, 245n * UNIT));
    await networkHelpers.time.increase(QUEUE_DELAY);
    await world.channels.release(channel.packed);
    await calls.requestExit(channel.packed);
    await networkHelpers.time.increase(24 * HOUR);
    await play("exit", world, channel, () => calls.finalizeExit(channel.packed));
    const other = await opened(world, { salt: 2n });
    const deadline = (await networkHelpers.time.latest()) + HOUR;
    const signature = await signClose(world.payer, other.id, 30n * UNIT, deadline, world.channelSite);
    const close = [other.packed, 30n * UNIT, deadline, signature, "0x", "0x"] as const;
    await play("coop-close", world, other, () => world.channels.connect(world.payee).coopClose(...close));
  });

  it("are right about a credit", async () => {
    const plain = await fixture();
    const token = await ethers.deployContract("DenyListToken");
    const address = await token.getAddress();
    const world = { ...plain, epoch: (await withToken(plain, address)).epoch };
    await token.connect(world.payer).approve(world.channelSite.channels, DEPOSIT);
    const channel = await opened(world, { token: address });
    await token.setDenied(world.payee.address, true);
    await redeem(world, channel, 10n * UNIT);
    await token.setDenied(world.payee.address, false);
    await play("sweep", world, channel, () => world.channels.sweep(address, world.payee.address));
  });

  it("are right about a session", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    const channel = await openedFor(world, session);
    await play("sessions", world, channel, () => redeemBySession(world, session, channel, 25n * UNIT));
  });

  it("are right about an account that pays", async () => {
    const world = await fixture();
    const token = await world.token.getAddress();
    await world.channels.connect(world.payer).fund(token, world.payer.address, DEPOSIT);
    const channel = channelOf(world, await termsOf(world));
    const rows = packPayManyRows([{ payee: world.payee.address, amount: 20n * UNIT }]);
    const deadline = (await networkHelpers.time.latest()) + HOUR;
    const header = { account: world.payer.address, token, sequence: 1n, deadline };
    const signature = await signPayMany(world.payer, header, rows, world.channelSite);
    await play("pay-many", world, channel, () => world.channels.payMany(header, rows, signature, "0x"));
  });

  it("are right about a bounty", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    const deadline = (await networkHelpers.time.latest()) + HOUR;
    const bounty = { payee: world.payee.address, token: channel.terms.token, feeBps: 50, largest: UNIT, deadline };
    const promise = await signBounty(world.payee, bounty, world.channelSite);
    const signature = await voucher(world, channel, 60n * UNIT);
    const submit = [channel.packed, 60n * UNIT, signature, "0x", bounty, promise] as const;
    await play("payee", world, channel, () => world.channels.connect(world.stranger).redeemForBounty(...submit));
  });

  for (const [heading, known] of [
    ["Errors", contractErrors],
    ["Events", contractEvents],
  ] as const) {
    it(`name all of the contract's ${heading.toLowerCase()}`, async () => {
      const named = new Set<string>();
      for (const page of (await readdir(folder)).filter((name) => name.startsWith("channels-"))) {
        const section =
          (await readFile(`${folder}/${page}`, "utf8")).split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
        for (const [, name = ""] of section.matchAll(/`([A-Z]\w+)[`(]/g)) named.add(name);
      }
      const own = Object.values(known).filter(({ contract }) =>
        ["IPaymentChannels", "ITokenCredits"].includes(contract),
      );
      expect(own.length).to.be.greaterThan(10);
      expect(own.map(({ name }) => name).filter((name) => !named.has(name))).to.deep.equal([]);
    });
  }
});
