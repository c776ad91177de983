import { concat, computeAddress, dataSlice, getBytes, toBeHex } from "ethers";

import { recoveredFor } from "../shared/attestations.ts";
import { capture } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import {
  attest,
  authorized,
  ethers,
  factsScoring,
  fixture,
  key,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";

const HEAD = 72;

type Bad = {
  what: string;
  make: (suite: Suite, payment: Authorized) => Promise<string>;
  by: "gate" | "epoch";
  error: string;
  /** The values the error names; where a stranger is recovered, who that is. */
  args: (suite: Suite, payment: Authorized, attestation: string) => unknown[] | Promise<unknown[]>;
};

const firstStranger = async (suite: Suite, payment: Authorized, attestation: string): Promise<unknown[]> =>
  (await recoveredFor(suite, payment, attestation)).slice(0, 1);

/** Changes one byte of a good attestation. */
function flipped(position: number) {
  return async (suite: Suite, payment: Authorized): Promise<string> => {
    const bytes = getBytes(await attest(suite, payment));
    bytes[position] = (bytes[position] ?? 0) ^ 1;
    return ethers.hexlify(bytes);
  };
}

const strangerCase = (what: string, make: Bad["make"]): Bad => ({
  what,
  make,
  by: "epoch",
  error: "NotASigner",
  args: firstStranger,
});

const TABLE: Bad[] = [
  strangerCase("signed for another chain", (suite, payment) => attest(suite, payment, { chainId: 1n })),
  strangerCase("signed for another contract", (suite, payment) =>
    attest(suite, payment, { epoch: suite.stranger.address }),
  ),
  strangerCase("signed for another payment", (suite, payment) =>
    attest(suite, payment, { subject: toBeHex(BigInt(payment.id) ^ 1n, 32) }),
  ),
  strangerCase("of other facts than were signed, in the first byte", flipped(43)),
  strangerCase("of other facts than were signed, in the last byte", flipped(HEAD - 1)),
  {
    what: "as of a later block",
    make: (suite, payment) => attest(suite, payment, { asOf: payment.block + 1 }),
    by: "gate",
    error: "WrongAsOf",
    args: (_, { block }) => [block, block + 1],
  },
  {
    what: "as of an earlier block",
    make: (suite, payment) => attest(suite, payment, { asOf: payment.block - 1 }),
    by: "gate",
    error: "WrongAsOf",
    args: (_, { block }) => [block, block - 1],
  },
  {
    what: "of another hash for the block",
    make: (suite, payment) => attest(suite, payment, { asOfHash: toBeHex(5, 32) }),
    by: "gate",
    error: "WrongAsOfHash",
    args: async (_, { block }) => [(await ethers.provider.getBlock(block))?.hash, toBeHex(5, 32)],
  },
  {
    what: "without a hash for the block",
    make: (suite, payment) => attest(suite, payment, { asOfHash: toBeHex(0, 32) }),
    by: "gate",
    error: "WrongAsOfHash",
    args: async (_, { block }) => [(await ethers.provider.getBlock(block))?.hash, toBeHex(0, 32)],
  },
  {
    what: "one signature short",
    make: (suite, payment) => attest(suite, payment, { keys: suite.keys.slice(0, 1) }),
    by: "epoch",
    error: "QuorumNotMet",
    args: () => [1, 2],
  },
  {
    what: "with one foreign signature among the quorum",
    make: (suite, payment) => attest(suite, payment, { keys: [suite.keys[0]!, key("foreign")] }),
    by: "epoch",
    error: "NotASigner",
    args: () => [computeAddress(key("foreign"))],
  },
  {
    what: "with unsorted signatures",
    make: async (suite, payment) => {
      const good = await attest(suite, payment);
      return concat([dataSlice(good, 0, HEAD), dataSlice(good, HEAD + 64), dataSlice(good, HEAD, HEAD + 64)]);
    },
    by: "epoch",
    error: "SignersNotSorted",
    args: async (suite, payment, attestation) => recoveredFor(suite, payment, attestation),
  },
  {
    what: "with one signature twice",
    make: async (suite, payment) => {
      const one = await attest(suite, payment, { keys: suite.keys.slice(0, 1) });
      return concat([one, dataSlice(one, HEAD)]);
    },
    by: "epoch",
    error: "SignersNotSorted",
    args: async (suite, payment, attestation) => recoveredFor(suite, payment, attestation),
  },
  ...[0, 1, 2].map((index): Bad => ({
    what: `with fact ${index}, which the contract knows, set`,
    make: (suite, payment) =>
      attest(suite, payment, { facts: toBeHex(BigInt(factsScoring(5_000)) | (1n << BigInt(248 - 8 * index)), 32) }),
    by: "epoch",
    error: "FactNotZero",
    args: () => [index],
  })),
];

async function setUp() {
  const suite = await fixture();
  await authorized(suite, { salt: 99n });
  return { suite, payment: await authorized(suite) };
}

describe("Bad attestations leave every balance and every stored bit as it was", () => {
  for (const { what, make, by, error, args } of TABLE) {
    it(`refuses an attestation ${what}, captured or posted`, async () => {
      const { suite, payment } = await setUp();
      const attestation = await make(suite, payment);
      const expected = await args(suite, payment, attestation);
      const carried = () => capture(suite, payment, { attestation });
      await expectRefused(suite, payment, carried, suite[by], error, expected);
      const posted = () => suite.escrow.post(payment.packed, attestation);
      await expectRefused(suite, payment, posted, suite[by], error, expected);
    });
  }

  for (const length of [1, 71, 73, 72 + 63, 72 + 65, 72 + 127, 72 + 129]) {
    it(`refuses an attestation of ${length} bytes`, async () => {
      const { suite, payment } = await setUp();
      const good = await attest(suite, payment, { keys: suite.keys });
      const attestation = dataSlice(good, 0, length);
      const carried = () => capture(suite, payment, { attestation });
      await expectRefused(suite, payment, carried, suite.gate, "AttestationLength", [length]);
      const posted = () => suite.escrow.post(payment.packed, attestation);
      await expectRefused(suite, payment, posted, suite.gate, "AttestationLength", [length]);
      const { token, amount } = payment.terms;
      const direct = () => suite.gate.evaluate(payment.id, payment.block, amount, token, attestation);
      await expectRefused(suite, payment, direct, suite.gate, "AttestationLength", [length]);
    });
  }

  it("refuses to post nothing at all", async () => {
    const { suite, payment } = await setUp();
    const act = () => suite.escrow.post(payment.packed, "0x");
    await expectRefused(suite, payment, act, suite.gate, "AttestationLength", [0]);
  });

  it("refuses a good attestation when its epoch was revoked", async () => {
    const { suite, payment } = await setUp();
    const attestation = await attest(suite, payment);
    const epoch = await suite.epoch.getAddress();
    await suite.gate.revokeEpoch(epoch);
    const act = () => capture(suite, payment, { attestation });
    await expectRefused(suite, payment, act, suite.gate, "EpochIsRevoked", [epoch]);
  });
});
