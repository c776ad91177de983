import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect } from "chai";

import { Fold } from "../../oracle/src/chain/fold.ts";
import { HISTORY_KINDS } from "../../oracle/src/chain/historyEvents.ts";
import { random } from "../shared/random.ts";
import { ALWAYS, startChain, type Paid, type TestChain } from "./support/chain.ts";
import { EPOCH, TROUBLED } from "./support/generatedChain.ts";
import { factsFor, questions, Wanderer } from "./support/histories.ts";
import { longHistory, TOKENS } from "./support/longHistory.ts";
import { post, ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";
import { BINDING, captured, keeping, Told } from "./support/snapshots.ts";
import { DIALECTS, freshPlace } from "./support/stores.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 8_100);
/** Histories a database; SLUICE_FUZZ makes it a long run. */
const HISTORIES = Number(process.env["SLUICE_FUZZ"] ?? 0) || 3;
const STEPS = 12;
const PROGRAM = new URL("./support/snapshotProcess.ts", import.meta.url).pathname;
const AT = { number: 900, hash: `0x${"02".repeat(32)}`, timestamp: 1 };

function long(events: number): Fold {
  const fold = new Fold(TOKENS);
  for (const event of longHistory(events)) fold.history.append(event);
  return fold;
}

/** The one snapshot of a folder. */
function fileIn(directory: string): string {
  const [name, ...others] = readdirSync(directory);
  expect(others).to.deep.equal([]);
  return join(directory, name ?? expect.fail("no snapshot was written"));
}

/** Changes one byte of a file. */
function damage(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** A fold of 2,000 events, written to a folder of its own. */
async function kept(directory: string): Promise<Fold> {
  const [fold, told] = [long(2_000), new Told()];
  await keeping(directory, told).stop({ book: { folds: [fold] }, generation: 0, settled: AT });
  expect(told.failures).to.deep.equal([]);
  return fold;
}

describe("oracle: history that is kept in a snapshot", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  for (const dialect of DIALECTS) {
    it(`gives the facts of a fresh fold, whatever a node on ${dialect} has been through (seed ${SEED})`, async () => {
      const [told, folders] = [new Told(), [] as string[]];
      let restarts = 0;
      for (let history = 0; history < HISTORIES; history++) {
        const what = `seed ${SEED}, history ${history}, ${dialect}`;
        const dice = random(SEED + history);
        const folder = scratch.dir();
        folders.push(folder);
        const place = await freshPlace(dialect, scratch);
        const node = await Wanderer.begin(dice, place, TROUBLED, () => keeping(folder, told));
        for (let step = 0; step < STEPS; step++) await node.step();
        await node.restart();
        const asked = await questions(dice, node.reading, 60);
        const own = asked.map((one) => factsFor(one, node.reading, node.chain.timestamp(one.block)));
        await node.fresh(await freshPlace("sqlite", scratch), async (fresh) => {
          const theirs = asked.map((one) => factsFor(one, fresh, node.chain.timestamp(one.block)));
          expect(own, what).to.deep.equal(theirs);
          const { tokens } = fresh.state.epoch(EPOCH);
          expect(node.reading.state.book.history(tokens).size, what).to.equal(fresh.state.book.history(tokens).size);
        });
        restarts += node.counts.restarts;
        await node.end();
      }
      // The walk was about snapshots: most restarts found one.
      expect(told.loads.length).to.be.greaterThan(restarts / 3);
      expect(told.writes.length).to.be.greaterThan(HISTORIES);
    });
  }

  it("is read back whole, and folded on from its block alone", async () => {
    const [directory, told] = [scratch.dir(), new Told()];
    const fold = await kept(directory);
    const found = await keeping(directory, told).restore(TOKENS, AT.number, () => Promise.resolve(AT));
    expect([found?.block, found?.fold.history.size]).to.deep.equal([AT.number, fold.history.size]);
    expect(found === undefined ? "" : captured(found.fold).equals(captured(fold))).to.equal(true);
    expect([told.loads, told.refusals]).to.deep.equal([[2_000], []]);
  });

  const doubts: [string, (path: string) => void, object?, number?, string?][] = [
    ["is cut short", (path) => truncateSync(path, readFileSync(path).length - 1)],
    ["is cut within its header", (path) => truncateSync(path, 100)],
    ["is empty", (path) => truncateSync(path, 0)],
    ["has a byte more", (path) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.of(0)]))],
    ["has a wrong bit in its state", (path) => damage(path, 70_000)],
    ["has a wrong bit in its checksum", (path) => damage(path, readFileSync(path).length - 1)],
    ["is of another format", (path) => rewrite(path, "sluice history 1", "sluice history 2")],
    ["names another block", (path) => rewrite(path, `"block":${AT.number}`, `"block":${AT.number - 1}`)],
    ["was folded by other code", (path) => rewrite(path, '"code":"', '"code":"0')],
    ["is another chain's", () => undefined, { chainId: 1 }],
    ["is another genesis block's", () => undefined, { genesisHash: `0x${"09".repeat(32)}` }],
    ["is another gate's", () => undefined, { gate: BINDING.escrow }],
    ["is another escrow's", () => undefined, { escrow: BINDING.gate }],
    ["is another list registry's", () => undefined, { lists: BINDING.gate }],
    ["is newer than the store", () => undefined, {}, AT.number - 1],
    ["is of another fork", () => undefined, {}, AT.number, `0x${"03".repeat(32)}`],
  ];
  for (const [what, change, binding = {}, upTo = AT.number, hash = AT.hash] of doubts) {
    it(`is not used, and says why, where it ${what}`, async () => {
      const [directory, told] = [scratch.dir(), new Told()];
      await kept(directory);
      change(fileIn(directory));
      const found = await keeping(directory, told, binding).restore(TOKENS, upTo, async () => ({ ...AT, hash }));
      expect(found).to.equal(undefined);
      expect([told.loads.length, told.refusals.length]).to.deep.equal([0, 1]);
    });
  }

  it("may be deleted: a node says nothing and folds from its store", async () => {
    const [directory, told] = [scratch.dir(), new Told()];
    await kept(directory);
    rmSync(fileIn(directory));
    expect(await keeping(directory, told).restore(TOKENS, AT.number, async () => AT)).to.equal(undefined);
    expect(told.refusals).to.deep.equal([]);
  });

  it("belongs to one token table: each has a file, and none is taken for another's", async () => {
    const [directory, told] = [scratch.dir(), new Told()];
    const other = new Map([...TOKENS].map(([token, row]) => [token, { ...row, shift: 6 }]));
    const folds = [long(1_000), new Fold(other)];
    const snapshots = keeping(directory, told);
    for (const event of longHistory(500)) folds[1]?.history.append(event);
    await snapshots.stop({ book: { folds }, generation: 0, settled: AT });
    const sizes = async (): Promise<unknown[]> => {
      const found = [TOKENS, other].map((table) => keeping(directory, told).restore(table, AT.number, async () => AT));
      return (await Promise.all(found)).map((one) => one?.fold.history.size);
    };
    expect(await sizes()).to.deep.equal([1_000, 500]);
    const [first = "", second = ""] = readdirSync(directory).map((name) => join(directory, name));
    copyFileSync(first, second);
    expect((await sizes()).filter((size) => size === undefined).length).to.equal(1);
    expect(told.refusals.length).to.equal(1);
  });

  it("is thrown away where blocks are taken back while it is written, and the one before stays", async () => {
    const [directory, told] = [scratch.dir(), new Told()];
    await kept(directory);
    const before = readFileSync(fileIn(directory));
    const state = { book: { folds: [long(40_000)] }, generation: 0, settled: { ...AT, number: 950 } };
    const snapshots = keeping(directory, told);
    snapshots.applied(state);
    while (readdirSync(directory).length < 2) await nextTurn();
    state.generation += 1;
    state.book.folds.length = 0;
    await snapshots.stop(state);
    expect(readFileSync(fileIn(directory)).equals(before)).to.equal(true);
    expect([told.writes, told.failures]).to.deep.equal([[], []]);
  });

  it("is written every so many events, in a long history not before it has grown by a quarter", async () => {
    const [directory, told] = [scratch.dir(), new Told()];
    const fold = new Fold(TOKENS);
    const snapshots = keeping(directory, told);
    const state = { book: { folds: [fold] }, generation: 0, settled: AT };
    for (const event of longHistory(400)) {
      fold.history.append(event);
      const written = told.nextWrite();
      const before = told.writes.length;
      snapshots.applied(state);
      if (told.unsaved >= Math.max(10, (told.writes.at(-1)?.events ?? 0) / 4)) {
        await written;
        await nextTurn();
      } else expect(told.writes.length).to.equal(before);
    }
    const sizes = told.writes.map(({ events }) => events);
    expect(sizes.slice(0, 5)).to.deep.equal([10, 20, 30, 40, 50]);
    expect(sizes.length).to.be.lessThan(15);
    for (const [index, size] of sizes.entries()) expect(size).to.be.at.least((sizes[index - 1] ?? 0) * 1.25);
  });

  it("goes on without a new one where the folder cannot be written to", async () => {
    const [directory, told] = [scratch.dir(), new Told()];
    const snapshots = keeping(directory, told);
    rmSync(directory, { recursive: true });
    await snapshots.stop({ book: { folds: [long(100)] }, generation: 0, settled: AT });
    expect([told.failures.length, told.writes.length]).to.deep.equal([1, 0]);
  });

  it("is the one before, or a new one, but never half of one, after a kill in the middle of a write", async () => {
    const directory = scratch.dir();
    for (let death = 0; death < 3; death++) {
      const child = spawn(process.execPath, [PROGRAM, directory], { stdio: ["ignore", "pipe", "inherit"] });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      for (let line = 0; line <= death; line++) await lines.next();
      while (!readdirSync(directory).some((name) => name.endsWith(".part"))) await nextTurn();
      child.kill("SIGKILL");
      await once(child, "exit");
      const told = new Told();
      const snapshots = keeping(directory, told);
      expect(existsSync(fileIn(directory))).to.equal(true);
      const found = await snapshots.restore(TOKENS, 2_000_000, async (number) => ({ ...AT, number }));
      expect(found?.fold.history.size).to.equal(100_000);
      expect(told.refusals).to.deep.equal([]);
    }
  });

  it("lets a store give only what came after it", async () => {
    const dice = random(SEED);
    for (const dialect of DIALECTS) {
      const node = await Wanderer.begin(dice, await freshPlace(dialect, scratch));
      for (let step = 0; step < 3; step++) await node.step();
      const { store, state } = node.reading;
      const head = state.cursor?.number ?? 0;
      const rows = async (after?: number): Promise<unknown[]> => {
        const found: unknown[] = [];
        for await (const page of store.historyUpTo(head, HISTORY_KINDS, after)) found.push(...page);
        return found;
      };
      const all = await rows();
      for (const after of [-1, 1, Math.floor(head / 2), head - 1, head]) {
        const block = (row: unknown): number => {
          const { payment, event } = row as { payment?: { block: number }; event?: { block: number } };
          return payment?.block ?? event?.block ?? NaN;
        };
        expect(await rows(after)).to.deep.equal(all.filter((row) => block(row) > after));
      }
      await node.end();
    }
  });
});

describe("oracle: a node that keeps its history", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  before(async () => {
    chain = await startChain(ALWAYS.allow);
  });
  after(async () => {
    await chain.close();
    scratch.clean();
  });

  it("starts from the snapshot it left when it was stopped, folds what came later, and signs the same facts", async () => {
    const home = scratch.dir();
    const settings = settingsFor(chain, home, chain.attester(0), { historySnapshotEvents: 1 });
    const directory = join(settings.dataDir, "history");
    const ask = async (url: string, paid: Paid): Promise<unknown> => {
      const block = await chain.ethers.provider.getBlock(paid.block);
      const request = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
      return (await post(url, "/v1/peer/attestations", request)).body.facts;
    };
    const loadSeconds = async (url: string): Promise<number> => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^sluice_history_load_seconds (\S+)$/m.exec(text)?.[1]);
    };
    await chain.pay();
    const first = await ready(settings);
    expect(await loadSeconds(first.url)).to.equal(0);
    await first.stop();
    expect(readdirSync(directory).length).to.equal(1);
    const paid = await chain.pay();
    const again = await ready(settings);
    expect(await loadSeconds(again.url)).to.be.greaterThan(0);
    const facts = await ask(again.url, paid);
    await again.stop();
    rmSync(directory, { recursive: true });
    const folded = await ready({ ...settings, historySnapshotEvents: 0 });
    expect(await ask(folded.url, paid))
      .to.deep.equal(facts)
      .and.to.not.equal(undefined);
    await folded.stop();
    expect(existsSync(directory)).to.equal(false);
  });
});

/** Changes words of the header, and keeps its length. */
function rewrite(path: string, from: string, to: string): void {
  const bytes = readFileSync(path);
  const header = bytes.toString("utf8", 0, 65_536);
  expect(header).to.include(from);
  bytes.write(header.replace(from, to).slice(0, 65_536).padEnd(65_536), 0);
  writeFileSync(path, bytes);
}
