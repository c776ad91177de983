import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";

import { expect } from "chai";
import { Pool } from "pg";

import { channelId, type ChannelTerms } from "../../sdk/src/index.ts";
import { configOf, encodeHeader, headers } from "../../sdk/src/pay402/wire.ts";
import { postgresStore, sqliteStore, type VoucherStore } from "../../sdk/src/paywall/index.ts";
import { voucherSigner } from "../../sdk/src/vouchers/index.ts";
import { sharedPostgres } from "../oracle/support/postgres.ts";
import { random } from "../shared/random.ts";
import { key } from "../shared/suite.ts";
import { native } from "./seller.ts";

const program = new URL("sellerProcess.ts", import.meta.url).pathname;
const site = { chainId: 31_337, channels: `0x${"c1".repeat(20)}` };
const [payee, token] = [`0x${"22".repeat(20)}`, `0x${"33".repeat(20)}`];
const PRICE = 10n;
const signer = voucherSigner(key("402 killer").privateKey, site, native);
/** What the seller's connections are called at the server. */
const SELLER = "killed-seller";
/** SLUICE_KILLS=200 is the long run. */
const kills = Number(process.env["SLUICE_KILLS"] ?? 8);

type Where = { sqlite: string } | { postgres: string };
type Running = { child: ChildProcess; url: string };

async function start(where: Where): Promise<Running> {
  const options = { site, payee, token, price: PRICE.toString(), deposit: (2n ** 90n).toString(), ...where };
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, url: line.toString().trim() };
}

async function kill({ child }: Running): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

function channelOf(index: number): { terms: ChannelTerms; id: string } {
  const terms = { payer: signer.address, payee, token, signer: signer.address, exitDelay: 86_400, salt: BigInt(index) };
  return { terms, id: channelId(terms, site) };
}

async function call(url: string, index: number, cumulative: bigint): Promise<number> {
  const { terms, id } = channelOf(index);
  const accepted = { scheme: "batch-settlement", network: `eip155:${site.chainId}`, asset: token, payTo: payee };
  const voucher = { channelId: id, maxClaimableAmount: cumulative.toString(), signature: signer.sign(id, cumulative) };
  const payload = { type: "voucher", channelConfig: configOf(terms), voucher };
  const header = encodeHeader({ x402Version: 2, accepted, payload });
  const response = await fetch(url, { headers: { [headers.signature]: header } });
  await response.arrayBuffer();
  return response.status;
}

/** Pays on eight channels until the seller is gone, and notes what was served; `first` is called once each has been served. */
async function payUntilGone(url: string, from: bigint[], served: bigint[], first: () => void): Promise<void> {
  const waiting = new Set(from.keys());
  await Promise.all(
    from.map(async (start, index) => {
      for (let cumulative = start + PRICE; ; cumulative += PRICE) {
        const status = await call(url, index, cumulative).catch(() => undefined);
        if (status === undefined) return;
        expect(status).to.equal(200);
        served[index] = cumulative;
        if (waiting.delete(index) && waiting.size === 0) first();
      }
    }),
  );
}

/** The server finishes a commit it was asked for before it notices that whoever asked is dead. */
async function untilSellerLeft(pool: Pool): Promise<void> {
  const connections = "select count(*)::int as open from pg_stat_activity where application_name = $1";
  for (const end = performance.now() + 30_000; ; await wait(5)) {
    const { rows } = await pool.query<{ open: number }>(connections, [SELLER]);
    if (rows[0]?.open === 0) return;
    if (performance.now() > end) throw new Error("the server keeps connections of a seller that is dead");
  }
}

async function killAgainAndAgain(where: Where, open: () => Promise<VoucherStore>): Promise<void> {
  const numbers = random(402);
  const served = Array.from({ length: 8 }, () => 0n);
  let from = [...served];
  for (let round = 0; round < kills; round += 1) {
    const running = await start(where);
    for (const [index, amount] of served.entries()) {
      if (amount > 0n) expect(await call(running.url, index, amount), "served before, asked again").to.equal(402);
    }
    const first = Promise.withResolvers<void>();
    const paying = payUntilGone(running.url, from, served, first.resolve);
    await Promise.race([first.promise, paying]);
    await wait(numbers.below(60));
    await kill(running);
    await paying;
    const store = await open();
    const records = await Promise.all(served.map((_, index) => store.find(channelOf(index).id)));
    await store.close();
    for (const [index, record] of records.entries()) {
      const about = `round ${round}, channel ${index}, seed ${numbers.seed}`;
      expect((record?.signed ?? 0n) >= served[index]!, `${about}: an answered voucher is lost`).to.equal(true);
      expect((record?.signed ?? 0n) <= served[index]! + PRICE, `${about}: more than was sent`).to.equal(true);
      expect(record?.spent, about).to.equal(record?.signed);
    }
    from = records.map((record) => record?.signed ?? 0n);
  }
  expect(
    served.every((amount) => amount > 0n),
    "something was served on each channel",
  ).to.equal(true);
}

describe(`402: a seller killed at any moment, ${kills} times`, () => {
  it("has every voucher that was answered, and serves none twice, in SQLite", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sluice-kills-"));
    const sqlite = join(directory, "vouchers.db");
    await killAgainAndAgain({ sqlite }, async () => sqliteStore(new DatabaseSync(sqlite)));
    rmSync(directory, { recursive: true });
  }).timeout(30_000 + kills * 3_000);

  it("has every voucher that was answered, and serves none twice, in PostgreSQL", async () => {
    const connectionString = await (await sharedPostgres()).database();
    const pool = new Pool({ connectionString });
    try {
      const postgres = `${connectionString}?application_name=${SELLER}`;
      await killAgainAndAgain({ postgres }, async () => {
        await untilSellerLeft(pool);
        return postgresStore(pool);
      });
    } finally {
      await pool.end();
    }
  }).timeout(30_000 + kills * 3_000);
});

describe("402: several processes of one seller", () => {
  it("serve one of 1,000 calls with the same voucher that come at once, and count it once", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sluice-duplicates-"));
    const sqlite = join(directory, "vouchers.db");
    const sellers = await Promise.all([start({ sqlite }), start({ sqlite })]);
    const calls = Array.from({ length: 1_000 }, (_, index) => call(sellers[index % 2]!.url, 0, PRICE));
    const statuses = await Promise.all(calls);
    expect(statuses.filter((status) => status === 200)).to.have.length(1);
    expect(statuses.filter((status) => status === 402)).to.have.length(999);
    await Promise.all(sellers.map(kill));
    const store = sqliteStore(new DatabaseSync(sqlite));
    expect(await store.find(channelOf(0).id)).to.include({ signed: PRICE, spent: PRICE });
    await store.close();
    rmSync(directory, { recursive: true });
  }).timeout(60_000);
});
