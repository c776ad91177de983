import { expect } from "chai";
import { computeAddress, getAddress, toBeHex, ZeroAddress } from "ethers";

import { attesterKeys, ethers, fixture } from "../shared/suite.ts";

type Tier = { upTo: bigint; quorum: number };
type Row = { token: string; shift: number; class: number };

const SIGNERS = attesterKeys(16).map((one) => computeAddress(one));
const tokenAt = (index: number): string => getAddress(toBeHex(index + 1, 20));

function config(changes: { signers?: string[]; tiers?: Tier[]; tokens?: Row[] } = {}) {
  return { signers: SIGNERS.slice(0, 3), tiers: [{ upTo: 10n ** 9n, quorum: 2 }], tokens: [] as Row[], ...changes };
}

/** Every configuration that is refused, with the error and the values it names. */
const REFUSED: { what: string; config: ReturnType<typeof config>; error: string; args: unknown[] }[] = [
  { what: "no signer", config: config({ signers: [] }), error: "SignerCount", args: [0] },
  {
    what: "seventeen signers",
    config: config({ signers: [...SIGNERS, SIGNERS[15]!] }),
    error: "SignerCount",
    args: [17],
  },
  {
    what: "unsorted signers",
    config: config({ signers: [SIGNERS[1]!, SIGNERS[0]!, SIGNERS[2]!] }),
    error: "SignersNotSorted",
    args: [SIGNERS[1], SIGNERS[0]],
  },
  {
    what: "a signer twice",
    config: config({ signers: [SIGNERS[0]!, SIGNERS[0]!, SIGNERS[2]!] }),
    error: "SignersNotSorted",
    args: [SIGNERS[0], SIGNERS[0]],
  },
  {
    what: "nobody as signer, whom every broken signature recovers to",
    config: config({ signers: [ZeroAddress, SIGNERS[0]!, SIGNERS[1]!] }),
    error: "SignersNotSorted",
    args: [ZeroAddress, ZeroAddress],
  },
  { what: "no tier", config: config({ tiers: [] }), error: "TiersOutOfOrder", args: [0] },
  {
    what: "four tiers",
    config: config({ tiers: [1n, 2n, 3n, 4n].map((upTo) => ({ upTo, quorum: 2 })) }),
    error: "TiersOutOfOrder",
    args: [4],
  },
  {
    what: "tiers of equal value",
    config: config({
      tiers: [
        { upTo: 5n, quorum: 2 },
        { upTo: 5n, quorum: 3 },
      ],
    }),
    error: "TiersOutOfOrder",
    args: [1],
  },
  {
    what: "a quorum that falls with value",
    config: config({
      tiers: [
        { upTo: 5n, quorum: 3 },
        { upTo: 6n, quorum: 2 },
      ],
    }),
    error: "TiersOutOfOrder",
    args: [1],
  },
  {
    what: "a second quorum larger than the set",
    config: config({
      tiers: [
        { upTo: 5n, quorum: 2 },
        { upTo: 6n, quorum: 4 },
      ],
    }),
    error: "QuorumOutOfRange",
    args: [4, 3],
  },
  {
    what: "seventeen tokens",
    config: config({ tokens: Array.from({ length: 17 }, (_, i) => ({ token: tokenAt(i), shift: 0, class: 0 })) }),
    error: "TokenTable",
    args: [17],
  },
  {
    what: "a shift above 36",
    config: config({ tokens: [{ token: tokenAt(0), shift: 37, class: 0 }] }),
    error: "TokenTable",
    args: [0],
  },
  {
    what: "a class above 127, which would be a negative fact",
    config: config({ tokens: [{ token: tokenAt(0), shift: 0, class: 128 }] }),
    error: "TokenTable",
    args: [0],
  },
  {
    what: "a token twice",
    config: config({ tokens: [tokenAt(0), tokenAt(1), tokenAt(0)].map((token) => ({ token, shift: 0, class: 0 })) }),
    error: "TokenTable",
    args: [2],
  },
];

describe("RiskEpoch: construction", () => {
  for (const { what, config: refused, error, args } of REFUSED) {
    it(`reverts on ${what}`, async () => {
      const { epoch } = await fixture();
      await expect(ethers.deployContract("DirectEpoch", [refused]))
        .to.be.revertedWithCustomError(epoch, error)
        .withArgs(...args);
    });
  }

  it("takes for each size of set exactly the quorums of which two always share a signer", async () => {
    const { epoch } = await fixture();
    for (let count = 1; count <= 16; count += 1) {
      const signers = SIGNERS.slice(0, count);
      const lowest = Math.floor(count / 2) + 1;
      const deploy = (quorum: number) =>
        ethers.deployContract("DirectEpoch", [config({ signers, tiers: [{ upTo: 1n, quorum }] })]);
      for (const quorum of [lowest, count]) expect(await (await deploy(quorum)).signers()).to.deep.equal(signers);
      for (const quorum of [lowest - 1, count + 1]) {
        await expect(deploy(quorum)).to.be.revertedWithCustomError(epoch, "QuorumOutOfRange").withArgs(quorum, count);
      }
    }
  });

  it("refuses a tier that a saturated amount would fall into", async () => {
    await fixture();
    const epoch = await ethers.getContractFactory("DirectEpoch");
    for (const upTo of [2n ** 48n - 1n, 2n ** 64n - 1n]) {
      await expect(ethers.deployContract("DirectEpoch", [config({ tiers: [{ upTo, quorum: 2 }] })]))
        .to.be.revertedWithCustomError(epoch, "TierTooHigh")
        .withArgs(upTo, 2n ** 48n - 2n);
    }
  });

  it("answers the tables it was made with, at their largest", async () => {
    await fixture();
    const tokens = Array.from({ length: 16 }, (_, i) => ({ token: tokenAt(i), shift: 21 + i, class: 112 + i }));
    const tiers = [
      { upTo: 1n, quorum: 9 },
      { upTo: 2n ** 40n, quorum: 9 },
      { upTo: 2n ** 48n - 2n, quorum: 16 },
    ];
    const epoch = await ethers.deployContract("DirectEpoch", [config({ signers: SIGNERS, tiers, tokens })]);
    expect(await epoch.signers()).to.deep.equal(SIGNERS);
    const answered = (await epoch.tiers()).map(({ upTo, quorum }) => ({ upTo, quorum: Number(quorum) }));
    expect(answered).to.deep.equal(tiers);
    const rows = await epoch.tokens();
    const listed = rows.map((row) => ({ token: row[0], shift: Number(row[1]), class: Number(row[2]) }));
    expect(listed).to.deep.equal(tokens);
    for (const [index, { token, shift }] of tokens.entries()) {
      expect(await epoch.microUnits(token, 10n ** BigInt(shift) * 3n), `row ${index}`).to.deep.equal([3n, true]);
    }
  });
});
