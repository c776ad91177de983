import { expect } from "chai";
import { AbiCoder, concat, id, Interface } from "ethers";

import {
  contractErrors,
  contractEvents,
  decodeContractError,
  paymentEscrowAbi,
  riskEpochAbi,
  riskGateAbi,
} from "../../sdk/src/index.ts";

const escrow = new Interface(paymentEscrowAbi);
const subject = `0x${"ab".repeat(32)}`;
const notScreened = escrow.encodeErrorResult("NotScreened", [subject]);

describe("sdk: contract errors", () => {
  it("are read with their arguments by name and a sentence", () => {
    const data = escrow.encodeErrorResult("NotAllowed", [subject, 2, 9_800]);
    const error = decodeContractError(data);
    expect(error?.name).to.equal("NotAllowed");
    expect(error?.args).to.deep.equal({ id: subject, band: 2n, score: 9_800n });
    expect(error?.notice).to.match(/post it/);
    expect(error?.contract).to.equal("IPaymentEscrow");
  });

  const wrappings: [where: string, thrown: unknown][] = [
    ["data", { data: notScreened }],
    ["data.data", { data: { data: notScreened } }],
    ["info.error.data", { info: { error: { code: 3, data: notScreened } } }],
    ["error.error.data", { error: { error: { data: notScreened } } }],
    ["cause.data", new Error("failed", { cause: { data: notScreened } })],
  ];
  for (const [where, thrown] of wrappings) {
    it(`are found under ${where} of what a library threw`, () => {
      expect(decodeContractError(thrown)).to.deep.include({ name: "NotScreened", args: { id: subject } });
    });
  }

  it("include a revert with a message and a panic", () => {
    const coder = AbiCoder.defaultAbiCoder();
    const message = concat(["0x08c379a0", coder.encode(["string"], ["no"])]);
    const panic = concat(["0x4e487b71", coder.encode(["uint256"], [0x11])]);
    expect(decodeContractError(message)).to.deep.include({ name: "Error", args: { message: "no" } });
    expect(decodeContractError(panic)).to.deep.include({ name: "Panic", args: { code: 0x11n } });
  });

  const undecodable: [what: string, thrown: unknown][] = [
    ["undefined", undefined],
    ["an error without data", new Error("no network")],
    ["empty data", { data: "0x" }],
    ["an unknown selector", "0x12345678"],
    ["a known selector with too few arguments", notScreened.slice(0, 20)],
    ["an object that contains itself", selfContaining()],
  ];
  for (const [what, thrown] of undecodable) {
    it(`are not made up from ${what}`, () => {
      expect(decodeContractError(thrown)).to.equal(undefined);
    });
  }
});

describe("sdk: generated tables", () => {
  const interfaces = [paymentEscrowAbi, riskGateAbi, riskEpochAbi].map((abi) => new Interface(abi));

  it("hold every error of the interfaces under its selector", () => {
    for (const fragments of interfaces) {
      fragments.forEachError((fragment) => {
        expect(contractErrors[fragment.selector]?.name, fragment.name).to.equal(fragment.name);
      });
    }
  });

  it("hold every event of the interfaces under its topic", () => {
    for (const fragments of interfaces) {
      fragments.forEachEvent((fragment) => {
        expect(contractEvents[fragment.topicHash]?.name, fragment.name).to.equal(fragment.name);
      });
    }
  });

  it("have selectors that are the hash of the signature, and a sentence each", () => {
    for (const [selector, { name, args, notice }] of Object.entries(contractErrors)) {
      const signature = `${name}(${args.map(({ type }) => type).join(",")})`;
      expect(id(signature).slice(0, 10), signature).to.equal(selector);
      expect(notice, name).to.match(/^\p{Lu}.+\.$/u);
    }
  });
});

function selfContaining(): object {
  const loop: Record<string, unknown> = {};
  loop["error"] = loop;
  return loop;
}
