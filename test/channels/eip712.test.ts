import { batchSubject, channelId, closeTypedData, encodeRows, packChannelTerms, voucherTypedData } from "@sluice/sdk";
import { expect } from "chai";
import { AbiCoder, keccak256, solidityPacked, toBeHex, TypedDataEncoder, verifyTypedData, Wallet } from "ethers";

import { random } from "../shared/random.ts";
import { key } from "../shared/suite.ts";
import { fixture } from "./world.ts";

const seed = Number(process.env["SLUICE_TEST_SEED"] ?? 712);

/** The types written by hand, as a wallet's user reads them. */
const types = {
  ChannelTerms: [
    { name: "payer", type: "address" },
    { name: "payee", type: "address" },
    { name: "token", type: "address" },
    { name: "signer", type: "address" },
    { name: "exitDelay", type: "uint32" },
    { name: "salt", type: "uint256" },
  ],
  Voucher: [
    { name: "channel", type: "bytes32" },
    { name: "cumulative", type: "uint96" },
  ],
  Close: [
    { name: "channel", type: "bytes32" },
    { name: "cumulative", type: "uint96" },
    { name: "deadline", type: "uint40" },
  ],
  ChannelBatch: [
    { name: "payee", type: "address" },
    { name: "token", type: "address" },
    { name: "rows", type: "bytes32" },
  ],
};

describe("PaymentChannels: what is signed", () => {
  it(`has the hashes that ethers gives for the types written by hand (40 draws, seed ${seed})`, async () => {
    const world = await fixture();
    const dice = random(seed);
    const { channelSite: site } = world;
    const domain = { name: "Sluice Channels", version: "1", chainId: site.chainId, verifyingContract: site.channels };
    const address = () => new Wallet(toBeHex(dice.bits(200) + 1n, 32)).address;
    expect(await world.channels.domainSeparator()).to.equal(TypedDataEncoder.hashDomain(domain));
    for (let draw = 0; draw < 40; draw += 1) {
      const parties = { payer: address(), payee: address(), token: address(), signer: address() };
      const terms = { ...parties, exitDelay: Number(dice.bits(32)), salt: dice.bits(256) };
      const id = TypedDataEncoder.hash(domain, { ChannelTerms: types.ChannelTerms }, terms);
      expect(channelId(terms, site), `draw ${draw}`).to.equal(id);
      expect(await world.channels.idOf(packChannelTerms(terms)), `draw ${draw}`).to.equal(id);
      const list = Array.from({ length: dice.below(4) }, () => ({
        channel: toBeHex(dice.bits(256), 32),
        cumulative: dice.bits(96),
      }));
      const rows = `0x${list.map((row) => solidityPacked(["bytes32", "uint96"], [row.channel, row.cumulative]).slice(2)).join("")}`;
      const message = { payee: parties.payee, token: parties.token, rows: keccak256(rows) };
      const subject = TypedDataEncoder.hash(domain, { ChannelBatch: types.ChannelBatch }, message);
      expect(encodeRows(list)).to.equal(rows);
      expect(batchSubject(parties.payee, parties.token, list, site), `draw ${draw}`).to.equal(subject);
      expect(await world.channels.batchSubject(parties.payee, parties.token, rows), `draw ${draw}`).to.equal(subject);
    }
  });

  it("recovers to its signer under the types written by hand", async () => {
    const { channelSite: site } = await fixture();
    const domain = { name: "Sluice Channels", version: "1", chainId: site.chainId, verifyingContract: site.channels };
    const wallet = new Wallet(key("signer"));
    const channel = toBeHex(7, 32);
    const voucher = voucherTypedData(channel, 5n, site);
    const signed = await wallet.signTypedData(voucher.domain, voucher.types, voucher.message);
    expect(verifyTypedData(domain, { Voucher: types.Voucher }, { channel, cumulative: 5n }, signed)).to.equal(
      wallet.address,
    );
    const close = closeTypedData(channel, 5n, 9, site);
    const closing = await wallet.signTypedData(close.domain, close.types, close.message);
    const message = { channel, cumulative: 5n, deadline: 9 };
    expect(verifyTypedData(domain, { Close: types.Close }, message, closing)).to.equal(wallet.address);
  });

  it("names no channel for terms with bits outside of their fields", async () => {
    const world = await fixture();
    const { interface: abi } = world.channels;
    const terms = [
      world.payer.address,
      world.payee.address,
      await world.token.getAddress(),
      world.payer.address,
      86_400,
      1n,
    ];
    const values = [...terms, 5n];
    const call = AbiCoder.defaultAbiCoder().encode(
      ["address", "address", "address", "address", "uint32", "uint256", "uint96"],
      values,
    );
    const selector = abi.getFunction("open").selector;
    const bytes = call.slice(2);
    for (const word of [0, 1, 2, 3, 4]) {
      const dirty = `${bytes.slice(0, 64 * word)}ff${bytes.slice(64 * word + 2)}`;
      const sent = world.payer.call({ to: world.channelSite.channels, data: `${selector}${dirty}` });
      const refused = await sent.then(
        () => false,
        () => true,
      );
      expect(refused, `word ${word}`).to.equal(true);
    }
    await world.payer.call({ to: world.channelSite.channels, data: `${selector}${bytes}` });
  });
});
