import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

import { openStores } from "../../oracle/src/store/open.ts";
import { ALWAYS, startChain, type TestChain } from "../oracle/support/chain.ts";
import { openGuardAt } from "../oracle/support/guardAt.ts";
import { keyOf } from "../oracle/support/keys.ts";
import { post, settingsFor } from "../oracle/support/nodes.ts";
import { Scratch } from "../oracle/support/scratch.ts";
import { Processes } from "../oracle/support/serve.ts";
import { DIALECTS, freshPlace, type Place } from "../oracle/support/stores.ts";

const GUARD_PROCESS = new URL("../oracle/support/guardProcess.ts", import.meta.url).pathname;
const SUBJECTS = 300;

describe("S3: two replicas of one node sign different facts for one subject", () => {
  const scratch = new Scratch();
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  after(() => scratch.clean());

  /** Starts a process that will try to sign facts of its own for every subject; its lines once it has ended. */
  const rival = async (place: Place, byte: string): Promise<{ go: () => void; lines: Promise<string[]> }> => {
    const args = [GUARD_PROCESS, JSON.stringify(place.settings), byte, String(SUBJECTS), keyOf("guard").privateKey];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    const ended = once(child, "exit");
    await Promise.race([once(child.stdout, "data"), ended]);
    const lines = ended.then(() =>
      text
        .trim()
        .split("\n")
        .filter((line) => line !== "ready"),
    );
    return { go: () => child.stdin.end("go\n"), lines };
  };

  for (const dialect of DIALECTS) {
    it(`is impossible on one guard in ${dialect}: of two that found other facts one signs, for every subject`, async () => {
      const place = await freshPlace(dialect, scratch);
      const rivals = await Promise.all(["01", "02"].map((byte) => rival(place, byte)));
      for (const { go } of rivals) go();
      const lines = (await Promise.all(rivals.map((one) => one.lines))).flat();
      const signed = lines.filter((line) => line.startsWith("signed ")).map((line) => Number(line.slice(7)));
      expect(signed.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: SUBJECTS }, (_, index) => index));
      expect(lines).to.have.length(2 * SUBJECTS);
      const { guard, close } = await openGuardAt(place.settings);
      const rows = await guard.selectFrom("guard").select(["subject", "signature"]).execute();
      expect(new Set(rows.map(({ subject }) => subject)).size).to.equal(SUBJECTS);
      expect(rows.filter(({ signature }) => signature === null)).to.deep.equal([]);
      await close();
    });
  }

  describe("through the API of both", () => {
    let chain: TestChain;
    const processes = new Processes();
    before(async () => {
      chain = await startChain(ALWAYS.allow);
    });
    after(async () => {
      processes.kill();
      await chain.close();
    });

    it("who are asked at once give one signature, and the guard holds it once", async () => {
      const place = await freshPlace("postgres", scratch);
      const file = (): string => {
        const home = scratch.dir();
        const changes = { ...place.settings, dataDir: join(home, "data"), logLevel: "info", peersOnly: false };
        const path = join(home, "settings.json");
        writeFileSync(path, JSON.stringify(settingsFor(chain, home, chain.attester(0), changes)));
        return path;
      };
      const paid = [];
      for (let index = 0; index < 12; index++) paid.push(await chain.pay());
      const replicas = [await processes.serve(file()), await processes.serve(file())];
      const answers = await Promise.all(
        paid.map(async ({ terms, block }) => {
          const { hash } = (await chain.ethers.provider.getBlock(block)) ?? {};
          const request = { terms, asOf: block, asOfHash: hash, epoch: chain.addresses.epoch };
          return Promise.all(replicas.map(({ url }) => post(url, "/v1/peer/attestations", request)));
        }),
      );
      for (const [first, second] of answers) {
        expect([first?.status, second?.status]).to.deep.equal([200, 200]);
        expect(second?.body).to.deep.equal(first?.body);
      }
      const stores = await openStores(place.settings);
      const rows = await stores.guard.selectFrom("guard").select("subject").execute();
      expect(rows.map(({ subject }) => subject)).to.have.members(paid.map(({ id }) => id));
      await stores.close();
    });
  });
});
