import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import pg from "pg";

import { Guard } from "../../oracle/src/attest/guard.ts";
import { localSigner } from "../../oracle/src/attest/signer.ts";
import { backupCommand } from "../../oracle/src/ops/backupCommand.ts";
import { GuardCopy } from "../../oracle/src/store/guardCopy.ts";
import { bindSigners } from "../../oracle/src/store/guardMeta.ts";
import { exportGuard, importGuard, type Importer } from "../../oracle/src/store/guardTransfer.ts";
import { openGuardOf, openStores, type StoreSettings } from "../../oracle/src/store/open.ts";
import { bind, type Stores } from "../../oracle/src/store/stores.ts";
import { refused } from "./support/errors.ts";
import { keyOf } from "./support/keys.ts";
import { Scratch } from "./support/scratch.ts";
import { DIALECTS, freshPlace } from "./support/stores.ts";

const signer = localSigner(keyOf("guard").privateKey);
const stranger = localSigner(keyOf("stranger").privateKey);
const word = (index: number): string => `0x${index.toString(16).padStart(64, "0")}`;
const place = (letter: string): string => `0x${letter.repeat(40)}`;
const importer: Importer = { chainId: 5, gate: place("a"), escrow: place("b"), signers: [signer.address] };
const request = (index: number, facts = 1) => ({
  ...{ subject: word(index), epoch: place("e"), asOf: index, asOfHash: word(1_000 + index), facts: word(facts) },
});
/** More than one slice of an export. */
const MANY = 2_500;

for (const dialect of DIALECTS)
  describe(`oracle: a guard that is restored, in ${dialect}`, () => {
    const scratch = new Scratch();
    const open: Stores[] = [];
    afterEach(async () => {
      for (const stores of open.splice(0)) await stores.close();
    });
    after(() => scratch.clean());

    const settingsOf = async (): Promise<StoreSettings> => (await freshPlace(dialect, scratch)).settings;
    const closed = async (stores: Stores): Promise<void> => {
      open.splice(open.indexOf(stores), 1);
      await stores.close();
    };
    /** What a node does with its stores when it starts. */
    const started = async (settings: StoreSettings, by = signer): Promise<{ stores: Stores; copy: GuardCopy }> => {
      const stores = await openStores(settings);
      open.push(stores);
      const { chainId, gate, escrow } = importer;
      await bind(stores, { chainId, genesisHash: word(9), gate, escrow, lists: "none" });
      await bindSigners(stores.guard, [by.address]);
      const copy = new GuardCopy(stores.guard, { dataDir: settings.dataDir, clock: () => 0 });
      await copy.claim();
      return { stores, copy };
    };
    const rowsOf = (stores: Stores): Promise<{ subject: string; facts: string; signature: string | null }[]> =>
      stores.guard.selectFrom("guard").select(["subject", "facts", "signature"]).orderBy("subject").execute();
    /** A guard that has signed for these, its rows and an export of it. */
    const signedFor = async (count: number, facts = 1) => {
      const settings = await settingsOf();
      const { stores, copy } = await started(settings);
      const guard = new Guard(stores.guard, signer, copy);
      await Promise.all(Array.from({ length: count }, (_, index) => guard.sign(request(index, facts), word(index))));
      await guard.close();
      const file = join(scratch.dir(), "guard.jsonl");
      const head = await exportGuard(stores.guard, file);
      return { settings, stores, guard, copy, file, head };
    };

    it("is exported row by row, while it is written to, and imported into either database with the same rows", async () => {
      const source = await signedFor(MANY);
      // As the command does it beside a running node: over a connection of its own.
      const beside = await openGuardOf(source.settings);
      const again = join(scratch.dir(), "guard.jsonl");
      const [during] = await Promise.all([
        exportGuard(beside, again),
        ...[1, 2, 3].map((more) => source.guard.sign(request(MANY + more), word(MANY + more))),
      ]);
      await beside.destroy();
      expect(readFileSync(again, "utf8").trimEnd().split("\n")).to.have.length(during.rows + 2);
      expect(source.head).to.include({ rows: MANY, newestAsOf: MANY - 1, chainId: 5 });
      expect(source.head.signers).to.deep.equal([signer.address.toLowerCase()]);
      for (const target of DIALECTS) {
        const stores = await openStores((await freshPlace(target, scratch)).settings);
        open.push(stores);
        expect(await importGuard(stores.guard, source.file, importer)).to.deep.equal({ rows: MANY, inserted: MANY });
        expect(await rowsOf(stores)).to.deep.equal((await rowsOf(source.stores)).slice(0, MANY));
      }
    });

    it("takes only what is missing from a newer file, and signs nothing then", async () => {
      const older = await signedFor(3);
      const newer = await signedFor(5);
      expect(await importGuard(older.stores.guard, newer.file, importer)).to.deep.equal({ rows: 5, inserted: 2 });
      await older.copy.claim();
      await refused(older.guard.sign(request(1), word(1)), "GUARD_FENCED");
      await refused(older.guard.signBatch([request(7)], word(7)), "GUARD_FENCED");
      expect(await rowsOf(older.stores)).to.deep.equal(await rowsOf(newer.stores));
    });

    it("refuses files that are damaged, another node's or contradict it, and stays as it is", async () => {
      const { stores } = await signedFor(2);
      const before = await rowsOf(stores);
      const { file } = await signedFor(MANY);
      const text = readFileSync(file, "utf8");
      const lines = text.trimEnd().split("\n");
      const damaged = {
        short: `${lines.slice(0, -1).join("\n")}\n`,
        fewer: `${lines.slice(0, -2).join("\n")}\n${lines.at(-1)}\n`,
        otherFacts: text.replace(`"facts":"${word(1)}"`, `"facts":"${word(2)}"`),
        otherHead: text.replace(`"newestAsOf":${MANY - 1}`, `"newestAsOf":7`),
        longer: `${text}{}\n`,
        noJson: "guard\n",
        empty: "",
      };
      for (const [name, content] of Object.entries(damaged)) {
        const path = join(scratch.dir(), name);
        writeFileSync(path, content);
        await refused(importGuard(stores.guard, path, importer), "BACKUP_INVALID");
      }
      await refused(importGuard(stores.guard, join(scratch.dir(), "none"), importer), "BACKUP_INVALID");
      for (const other of [
        { chainId: 6 },
        { gate: place("c") },
        { escrow: place("c") },
        { listRegistry: place("c") },
      ]) {
        await refused(importGuard(stores.guard, file, { ...importer, ...other }), "DATA_DIR_OTHER_CHAIN");
      }
      const foreign = { ...importer, signers: [stranger.address] };
      await refused(importGuard(stores.guard, file, foreign), "DATA_DIR_OTHER_SIGNER");
      const lying = await signedFor(3, 2);
      await refused(importGuard(stores.guard, lying.file, importer), "GUARD_CONFLICT");
      expect(await rowsOf(stores)).to.deep.equal(before);
    });

    it("signs above its fence, below it only what it holds, and sees a fence that is moved while it runs", async () => {
      const { stores, guard, copy } = await signedFor(3);
      const signature = (await rowsOf(stores))[1]?.signature;
      const fenced = async (block: string): Promise<void> => {
        await stores.guard
          .insertInto("meta")
          .values({ name: "fence", value: block })
          .onConflict((clash) => clash.column("name").doUpdateSet({ value: block }))
          .execute();
        copy.poll((error) => expect.fail(String(error)));
        await copy.close();
      };
      await fenced("10");
      expect(copy.block).to.equal(10);
      expect(await guard.sign(request(1), word(1))).to.equal(signature);
      await refused(guard.sign(request(1, 2), word(1)), "GUARD_CONFLICT");
      const error = await refused(guard.sign(request(10), word(10)), "GUARD_FENCED");
      expect(error.details).to.deep.equal({ subject: word(10), asOf: 10, fence: 10 });
      await refused(guard.signBatch([request(11), request(9)], word(11)), "GUARD_FENCED");
      await guard.sign(request(12), word(12));
      await fenced("12");
      await refused(guard.sign(request(12, 2), word(12)), "GUARD_CONFLICT");
      await guard.sign(request(12), word(12));
      expect((await rowsOf(stores)).map(({ subject }) => subject)).to.not.include(word(10));
    });

    it("belongs to the keys that filled it: another node's are refused, a rotation's are added", async () => {
      const settings = await settingsOf();
      const { stores } = await started(settings);
      await refused(bindSigners(stores.guard, [stranger.address]), "DATA_DIR_OTHER_SIGNER");
      await bindSigners(stores.guard, [signer.address, stranger.address]);
      await bindSigners(stores.guard, [stranger.address]);
      await bindSigners(stores.guard, [signer.address]);
      const next = localSigner(keyOf("third").privateKey);
      await refused(bindSigners(stores.guard, [next.address]), "DATA_DIR_OTHER_SIGNER");
    });

    it("needs no fence where it is started again and again", async () => {
      const settings = await settingsOf();
      for (let start = 0; start < 3; start++) {
        const { stores, copy } = await started(settings);
        expect(copy.block).to.equal(-1);
        await closed(stores);
      }
    });
  });

describe("oracle: another copy of a guard", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  const fenceOf = async (settings: StoreSettings, times = [0]): Promise<number> => {
    const stores = await openStores(settings);
    try {
      let now = 0;
      const copy = new GuardCopy(stores.guard, { dataDir: settings.dataDir, clock: () => now });
      await copy.claim();
      for (now of times) {
        copy.poll((error) => expect.fail(String(error)));
        await copy.close();
      }
      return copy.block;
    } finally {
      await stores.close();
    }
  };
  const sqlite = async (): Promise<{ settings: StoreSettings; file: string; instance: string; old: string }> => {
    const { settings } = await freshPlace("sqlite", scratch);
    const { dataDir } = settings;
    return {
      ...{ settings, file: join(dataDir, "guard.sqlite"), instance: join(dataDir, "guard.instance") },
      old: join(dataDir, "old.sqlite"),
    };
  };

  it("is found out where the file was copied before the last start, or ten minutes ago", async () => {
    for (const polls of [[0], [0, 600_000]]) {
      const { settings, file, old, instance } = await sqlite();
      expect(await fenceOf(settings)).to.equal(-1);
      copyFileSync(file, old);
      const id = readFileSync(instance, "utf8");
      expect(await fenceOf(settings, polls)).to.equal(-1);
      expect(readFileSync(instance, "utf8")).to.not.equal(id);
      copyFileSync(old, file);
      expect(await fenceOf(settings)).to.equal(Infinity);
      expect(await fenceOf(settings), "after another start").to.equal(Infinity);
    }
  });

  it("is found out where the file came to another directory, or was made by a backup", async () => {
    const { settings, instance } = await sqlite();
    await fenceOf(settings);
    const out = join(scratch.dir(), "backup");
    await backupCommand(settings, out);
    await refused(backupCommand(settings, out), "BACKUP_INVALID");
    const restored = await sqlite();
    copyFileSync(join(out, "guard.sqlite"), restored.file);
    expect(await fenceOf(restored.settings)).to.equal(Infinity);
    rmSync(instance);
    expect(await fenceOf(settings)).to.equal(Infinity);
  });

  it("leaves nothing behind where there is nothing to back up", async () => {
    const dir = scratch.dir();
    const { settings } = await sqlite();
    await refused(backupCommand(settings, join(dir, "backup")), "BACKUP_INVALID");
    expect(readdirSync(dir)).to.deep.equal([]);
  });

  it("is not seen in a guard whose id was being renewed when the node was killed", async () => {
    const { settings, instance } = await sqlite();
    await fenceOf(settings);
    writeFileSync(instance, `${readFileSync(instance, "utf8")}the id that never came into the guard\n`);
    expect(await fenceOf(settings)).to.equal(-1);
  });

  it("is found out where a PostgreSQL database was copied, also by a role without any power", async () => {
    const { settings } = await freshPlace("postgres", scratch);
    const url = new URL(String(settings.databaseUrl));
    const admin = new pg.Client({ connectionString: new URL("/postgres", url).href });
    await admin.connect();
    try {
      const name = url.pathname.slice(1);
      await admin.query(`create role plain_${name} login password 'plain'`);
      await admin.query(`alter database ${name} owner to plain_${name}`);
      const plain = (database: string): StoreSettings => {
        const own = new URL(`/${database}`, url);
        own.username = `plain_${name}`;
        own.password = "plain";
        return { ...settings, databaseUrl: own.href };
      };
      expect(await fenceOf(plain(name))).to.equal(-1);
      expect(await fenceOf(plain(name))).to.equal(-1);
      await admin.query(`create database copy_${name} template ${name} owner plain_${name}`);
      expect(await fenceOf(plain(`copy_${name}`))).to.equal(Infinity);
      expect(await fenceOf(plain(name))).to.equal(-1);
    } finally {
      await admin.end();
    }
  });
});
