import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";

import { ERRORS, type ErrorCode } from "../../oracle/src/errors.ts";
import type { Node } from "../../oracle/src/index.ts";
import { startChain, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { get, post, ready, send, settingsFor, type Answer } from "../oracle/support/nodes.ts";
import { Scratch } from "../oracle/support/scratch.ts";

const JSON_TYPE = { "content-type": "application/json" };
const PATHS = ["/v1/attestations", "/v1/webhooks"];
const IDLE = 10_000;
const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;

/** Opens connections a few hundred at a time; answers those that stand. */
async function open(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let left = count; left > 0; left -= 500) {
    const batch = Array.from({ length: Math.min(500, left) }, () => connect(port, "127.0.0.1"));
    for (const socket of batch) socket.on("error", () => undefined).resume();
    await Promise.all(batch.map((socket) => Promise.race([once(socket, "connect"), once(socket, "close")])));
    sockets.push(...batch);
  }
  return sockets;
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, "close");
}

/** Memory of a process as the system sees it; 0 where it does not tell. */
function residentMebibytes(pid: number): number {
  if (process.platform !== "linux") return 0;
  const [, kibibytes = "0"] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) / 1_024;
}

describe("S5: hostile bodies and connections", () => {
  let chain: TestChain;
  let node: Node;
  let paid: Paid;
  const scratch = new Scratch();
  before(async () => {
    chain = await startChain();
    const settings = { maxConnections: 2 * IDLE, requestTimeoutMs: 2_000 };
    node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), settings));
    paid = await chain.pay();
    await node.catchUp();
  });
  after(async () => {
    await node.stop();
    await chain.close();
    scratch.clean();
  });
  const code = (answer: Answer): unknown => (answer.body.error as { code?: string } | undefined)?.code;
  const port = (): number => Number(new URL(node.url).port);

  it("are refused with their reason before anything is done with them", async () => {
    const table: [string, string | Uint8Array<ArrayBuffer>, ErrorCode][] = [
      ["oversized", `{"id":"${"y".repeat(40_000)}"}`, "PAYLOAD_TOO_LARGE"],
      ["deep lists", "[".repeat(30_000), "TOO_DEEP"],
      ["deep objects", `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`, "TOO_DEEP"],
      ["a key twice", '{"id":"1","id":"2"}', "MALFORMED_JSON"],
      ["a key twice, once escaped", '{"id":"1","\\u0069d":"2"}', "MALFORMED_JSON"],
      ["no UTF-8", new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]), "MALFORMED_JSON"],
      ["a lone surrogate in bytes", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), "MALFORMED_JSON"],
      ["a byte order mark", new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), "MALFORMED_JSON"],
      ["no JSON", "NaN", "MALFORMED_JSON"],
      ["nothing", "", "MALFORMED_JSON"],
    ];
    for (const [what, body, expected] of table) {
      const answer = await send(node.url, "/v1/attestations", body, JSON_TYPE);
      expect(code(answer), what).to.equal(expected);
      expect(answer.status, what).to.equal(ERRORS[expected].status);
    }
    // Who may not call at all is told so before his body is read.
    const huge = await send(node.url, PATHS[1] ?? "", `{"url":"${"y".repeat(40_000)}"}`, JSON_TYPE);
    expect(code(huge)).to.equal("API_KEY_MISSING");
  });

  it("numbers are refused that are negative, fractional, beyond 2^256 or beyond what JSON can carry exactly", async () => {
    const terms = JSON.parse(
      JSON.stringify(paid.terms, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)),
    ) as Record<string, unknown>;
    const max = 2n ** 256n;
    const table: [string, string][] = [
      ...["-1", (-max).toString(), max.toString(), (max * 10n).toString(), "1e77", "0x1", "1.0", " 1", "٣"].map(
        (text): [string, string] => ["salt", JSON.stringify(text)],
      ),
      ...["-1", max.toString(), "1e400", "9007199254740993", "0.5", "-0.5"].map((text): [string, string] => [
        "captureBy",
        text,
      ]),
      ["amount", "1"],
      ["amount", JSON.stringify((2n ** 96n).toString())],
    ];
    for (const [field, text] of table) {
      const body = JSON.stringify({ terms: { ...terms, [field]: "@" } }).replace('"@"', text);
      const answer = await send(node.url, "/v1/attestations", body, JSON_TYPE);
      expect(code(answer), `${field} ${text.slice(0, 30)}`).to.equal("INVALID_TERMS");
    }
  });

  it("requests that trickle are cut, and everybody else is served meanwhile", async () => {
    const slow = await open(port(), 200);
    const head =
      "POST /v1/attestations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 3000\r\n\r\n{";
    for (const [index, socket] of slow.entries()) socket.write(index % 2 === 0 ? head : "GET /livez HTT");
    const trickle = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write(" ");
    }, 100);
    let served = 0;
    const all = Promise.all(slow.map(closed)).then(() => true);
    for (let over = false; !over;) {
      const answer = await post(node.url, "/v1/peer/attestations", {});
      expect(answer.status).to.be.lessThan(500);
      served += 1;
      over = await Promise.race([all, new Promise<false>((resolve) => setImmediate(resolve, false))]);
    }
    clearInterval(trickle);
    expect(served).to.be.greaterThan(10);
  });

  it("ten thousand idle connections cost little memory, block nobody, and are let go", async () => {
    const home = scratch.dir();
    const { rpcUrl, chainId, gate, escrow, deployedBlock, dataDir, privateKeyFile } = settingsFor(
      chain,
      home,
      chain.attester(1),
    );
    const patient = { port: 0, maxConnections: 2 * IDLE, requestTimeoutMs: 30_000 };
    const settings = { rpcUrl, chainId, gate, escrow, deployedBlock, dataDir, privateKeyFile, ...patient };
    writeFileSync(join(home, "settings.json"), JSON.stringify(settings));
    // A process of its own: ten thousand descriptors on either side are as many as one process may have.
    const child = spawn(process.execPath, [CLI, "serve", "--settings", join(home, "settings.json")]);
    let url = "";
    await new Promise<void>((resolve, reject) => {
      child.once("exit", () => reject(new Error("the node ended before it had started")));
      createInterface({ input: child.stdout }).on("line", (line) => {
        const entry = JSON.parse(line) as { msg: string; port?: number };
        if (entry.port !== undefined) url = `http://127.0.0.1:${entry.port}`;
        if (entry.msg === "started") resolve();
      });
    });
    const before = residentMebibytes(child.pid ?? 0);
    const idle = await open(Number(new URL(url).port), IDLE);
    const standing = idle.filter((socket) => !socket.destroyed).length;
    expect((await get(url, "/readyz")).status).to.equal(200);
    expect((await get(url, `/v1/payments/${paid.id}`)).body.id).to.equal(paid.id);
    const grown = residentMebibytes(child.pid ?? 0) - before;
    expect(standing).to.be.greaterThan(IDLE * 0.99);
    expect(grown).to.be.lessThan(300);
    await Promise.all(idle.map(closed));
    expect((await get(url, "/readyz")).status).to.equal(200);
    child.kill("SIGTERM");
    await once(child, "close");
    console.log(`        ${standing} of ${IDLE} stood at once; the node grew by ${grown.toFixed(0)} MiB`);
  });
});
