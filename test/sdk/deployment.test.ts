import { expect } from "chai";

import { parseDeployment, SluiceError } from "../../sdk/src/index.ts";
import { randomWallet, seed, seeded } from "./samples.ts";

const random = seeded(seed);
const address = (): string => randomWallet(random).address;
const signers = [address(), address(), address()].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
const deployment = {
  chainId: 31337,
  token: address(),
  gate: address(),
  epoch: address(),
  escrow: address(),
  treasury: address(),
  deployedBlock: 1,
  modelId: `0x${"17".repeat(32)}`,
  quorum: 2,
  signers,
};

describe("sdk: deployments", () => {
  it("are read from text and from an object, without unknown fields", () => {
    expect(parseDeployment(JSON.stringify({ ...deployment, note: "x" }))).to.deep.equal(deployment);
    expect(parseDeployment(deployment)).to.deep.equal(deployment);
  });

  const broken: [field: string, value: unknown][] = [
    ["chainId", "31337"],
    ["chainId", 0],
    ["token", "0x12"],
    ["gate", undefined],
    ["deployedBlock", -1],
    ["modelId", ""],
    ["modelId", "0x12"],
    ["quorum", 1],
    ["quorum", 4],
    ["signers", []],
    ["signers", signers.toReversed()],
    ["signers[1]", [signers[0], "nobody"]],
  ];
  for (const [field, value] of broken) {
    it(`are refused with ${field} = ${JSON.stringify(value)?.slice(0, 40)}`, () => {
      const changed = { ...deployment, [field.replace(/\[\d+\]$/, "")]: value };
      expect(() => parseDeployment(changed))
        .to.throw(SluiceError)
        .with.property("field", field);
    });
  }

  it("are refused when they are no JSON or no object", () => {
    expect(() => parseDeployment("{"))
      .to.throw(SluiceError)
      .with.property("code", "DEPLOYMENT_INVALID");
    expect(() => parseDeployment(7))
      .to.throw(SluiceError)
      .with.property("code", "DEPLOYMENT_INVALID");
  });
});
