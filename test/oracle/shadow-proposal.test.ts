import { expect } from "chai";

import { parseSettings } from "../../oracle/src/config.ts";
import { modelHash } from "../../oracle/src/model/network.ts";
import { isAudited } from "../../oracle/src/policy/audit.ts";
import type { Change } from "../../oracle/src/shadow/change.ts";
import { judgeWindow } from "../../oracle/src/shadow/judgeWindow.ts";
import { hashOf, merchantShiftsOf, shiftsOf, type ShadowFindings } from "../../oracle/src/shadow/report.ts";
import type { AskedWindow } from "../../oracle/src/shadow/window.ts";
import { shippedModel } from "../model/shipped.ts";
import { refused } from "./support/errors.ts";
import { BLOCK_SECONDS, GeneratedChain, SITE, TROUBLED } from "./support/generatedChain.ts";
import { CHAIN_ID, serveChain, type Served } from "./support/generatedRpc.ts";

const SEED = 7;
const LAST = 300;

describe("shadow: a proposal on the payments of the last days", () => {
  let chain: GeneratedChain;
  let served: Served;
  before(async () => {
    chain = new GeneratedChain(SEED, { ...TROUBLED, accounts: 40 }, LAST);
    served = await serveChain(chain, modelHash(await shippedModel()));
  });
  after(() => served.close());

  const judged = (change: Change, asked: AskedWindow = { from: 1, to: LAST }, beside = {}): Promise<ShadowFindings> => {
    const place = {
      rpcUrl: served.url,
      chainId: CHAIN_ID,
      gate: SITE.gate,
      escrow: SITE.escrow,
      listRegistry: SITE.lists,
    };
    const settings = parseSettings({ ...place, deployedBlock: 1, dataDir: ".", ...beside }, {}, process.cwd());
    return judgeWindow(settings, change, asked, new AbortController().signal);
  };
  const holdAt = (value: bigint): Change => ({ policy: { HoldAt: value } });
  const hash = async (id: number): Promise<string> => chain.hash(id);

  it("shifts exactly the payments whose score lies between the thresholds", async () => {
    const { rows, now, proposed } = await judged(holdAt(9_500n));
    expect([now.holdAt, proposed.holdAt]).to.deep.equal([9_700, 9_500]);
    const between = rows.filter((row) => row.now.score >= 9_500 && row.now.score < 9_700).map(({ payment }) => payment);
    const moved = rows.filter((row) => row.now.band !== row.proposed.band);
    expect(moved.map(({ payment }) => payment)).to.deep.equal(between);
    expect(between.length).to.be.greaterThan(10);
    expect(moved.every((row) => row.now.band === "Allow" && row.proposed.band === "Hold")).to.equal(true);
    const back = await judged(holdAt(9_900n));
    expect(back.rows.filter((row) => row.now.band === "Hold" && row.proposed.band === "Allow").length).to.equal(
      back.rows.filter(({ now: { score } }) => score >= 9_700 && score < 9_900).length,
    );
  });

  it("counts merchants and money to the last unit", async () => {
    const { rows } = await judged(holdAt(9_500n));
    const money = (amounts: Readonly<Record<string, bigint>>): bigint =>
      Object.values(amounts).reduce((sum, amount) => sum + amount, 0n);
    const shifts = shiftsOf(rows);
    expect(shifts.reduce((sum, { payments }) => sum + payments, 0)).to.equal(rows.length);
    expect(shifts.reduce((sum, { amounts }) => sum + money(amounts), 0n)).to.equal(
      rows.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
    );
    const moved = shifts.filter(({ now, proposed }) => now !== proposed);
    const merchants = merchantShiftsOf(rows);
    expect(merchants.reduce((sum, { amounts }) => sum + money(amounts), 0n)).to.equal(
      moved.reduce((sum, { amounts }) => sum + money(amounts), 0n),
    );
    expect(new Set(merchants.map(({ merchant }) => merchant)).size).to.equal(merchants.length);
  });

  it("has the same hash for two who backfill by themselves, in other steps and with a longer chain", async () => {
    const first = await judged(holdAt(9_500n), { from: 100, to: 250 }, { backfillRangeBlocks: 1 });
    chain.head = LAST + 120;
    const second = await judged(
      holdAt(9_500n),
      { from: 100, to: 250 },
      { backfillRangeBlocks: 1_000, confirmations: 3 },
    );
    chain.head = LAST;
    expect(second).to.deep.equal(first);
    expect(hashOf(second)).to.equal(hashOf(first));
    const other = await judged(holdAt(9_501n), { from: 100, to: 250 });
    expect(hashOf(other)).not.to.equal(hashOf(first));
    const shorter = await judged(holdAt(9_500n), { from: 101, to: 250 });
    expect(hashOf(shorter)).not.to.equal(hashOf(first));
  });

  it("counts days back from the last block's own time", async () => {
    const blocks = 120;
    const { from, to, toHash } = await judged(holdAt(9_500n), { to: 250, days: (blocks * BLOCK_SECONDS) / 86_400 });
    expect([from, to, toHash]).to.deep.equal([250 - blocks, 250, await hash(250)]);
    await refused(judged(holdAt(9_500n), { to: 250, days: 0 }), "INVALID_REQUEST");
    await refused(judged(holdAt(9_500n), { from: 251, to: 250 }), "INVALID_REQUEST");
  });

  it("draws for an audit what the gate would draw", async () => {
    const { rows } = await judged({ policy: { AuditShare: 500n } });
    const drawn = rows.filter(
      ({ now, payment, asOf }) => now.band === "Allow" && isAudited(500, payment, chain.hash(asOf)),
    );
    expect(rows.filter(({ now, proposed }) => now.band !== proposed.band)).to.deep.equal(drawn);
    expect(drawn.length).to.be.greaterThan(0);
  });

  it("refuses a proposal that no band depends on", async () => {
    await refused(judged({ policy: { HoldDelay: 60n } }), "INVALID_REQUEST");
  });
});
