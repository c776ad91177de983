import { expect } from "chai";
import { sql } from "kysely";

import { Guard } from "../../oracle/src/attest/guard.ts";
import { localSigner, type Signer } from "../../oracle/src/attest/signer.ts";
import { keyOf } from "./support/keys.ts";
import { openGuardAt } from "./support/guardAt.ts";
import { Scratch } from "./support/scratch.ts";
import { DIALECTS, freshPlace, type Place } from "./support/stores.ts";
import { refused } from "./support/errors.ts";

const signer = localSigner(keyOf("guard").privateKey);
const word = (byte: string): string => `0x${byte.repeat(32)}`;
const request = {
  subject: word("aa"),
  epoch: `0x${"ee".repeat(20)}`,
  asOf: 7,
  asOfHash: word("77"),
  facts: word("01"),
};
const digest = word("d1");

for (const dialect of DIALECTS)
  describe(`oracle: the guard in ${dialect}`, () => {
    const scratch = new Scratch();
    after(() => scratch.clean());

    const empty = (): Promise<Place> => freshPlace(dialect, scratch);
    const opened = async (place: Place, by: Signer = signer): Promise<{ guard: Guard; close: () => Promise<void> }> => {
      const { guard: database, close } = await openGuardAt(place.settings);
      const guard = new Guard(database, by);
      return {
        guard,
        close: async () => {
          await guard.close();
          await close();
        },
      };
    };

    it("gives the same signature again for the same facts, also after a restart", async () => {
      const path = await empty();
      const first = await opened(path);
      const signature = await first.guard.sign(request, digest);
      expect(await first.guard.sign(request, digest)).to.equal(signature);
      await first.close();
      const second = await opened(path);
      expect(await second.guard.sign(request, digest)).to.equal(signature);
      await second.close();
    });

    it("remembers every statement of a batch by itself, and signs no batch that contradicts one", async () => {
      const path = await empty();
      const first = await opened(path);
      const other = { ...request, subject: word("bb") };
      await first.guard.signBatch([request, other], word("b1"));
      await first.close();
      const second = await opened(path);
      const contradiction = { ...other, facts: word("02") };
      await refused(second.guard.sign(contradiction, digest), "GUARD_CONFLICT");
      const fresh = { ...request, subject: word("cc") };
      await refused(second.guard.signBatch([fresh, contradiction], word("b2")), "GUARD_CONFLICT");
      expect(await second.guard.sign(request, digest)).to.equal(await signer.sign(digest));
      await second.close();
    });

    it("answers the stored signature of a signer that never makes the same one twice", async () => {
      const path = await empty();
      let made = 0;
      const moody: Signer = {
        address: signer.address,
        sign: () => {
          made += 1;
          return Promise.resolve(word(made.toString(16).padStart(2, "0")).padEnd(130, "0"));
        },
        close: () => Promise.resolve(),
      };
      const first = await opened(path, moody);
      const signature = await first.guard.sign(request, digest);
      await first.close();
      const second = await opened(path, moody);
      expect(await second.guard.sign(request, digest)).to.equal(signature);
      expect(made).to.equal(1);
      await second.close();
    });

    it("gives all who ask for the same at once one answer, beside others that were signed before or never", async () => {
      const path = await empty();
      const { guard, close } = await opened(path);
      const subjects = ["b1", "b2", "b3"].map((byte) => ({ ...request, subject: word(byte) }));
      const earlier = await guard.sign(subjects[0] ?? request, digest);
      const asked = [...subjects, ...subjects].map((one) => guard.sign(one, digest));
      const conflicting = refused(
        guard.sign({ ...request, subject: word("b1"), facts: word("02") }, digest),
        "GUARD_CONFLICT",
      );
      const answers = await Promise.all(asked);
      await conflicting;
      expect(new Set(answers)).to.deep.equal(new Set([earlier]));
      await close();
      const stored = await openGuardAt(path.settings);
      const rows = await stored.guard.selectFrom("guard").selectAll().execute();
      expect(rows.map(({ subject, signature }) => ({ subject, signature }))).to.have.deep.members(
        subjects.map(({ subject }) => ({ subject, signature: earlier })),
      );
      await stored.close();
    });

    it("refuses other facts for the same subject, epoch, block and hash for ever", async () => {
      const path = await empty();
      const first = await opened(path);
      await first.guard.sign(request, digest);
      const other = { ...request, facts: word("02") };
      const error = await refused(first.guard.sign(other, word("d2")), "GUARD_CONFLICT");
      expect(error.details).to.include({ subject: request.subject, facts: word("02"), signed: word("01") });
      expect(error.alert).to.equal(true);
      await first.close();
      const second = await opened(path);
      await refused(second.guard.sign(other, word("d2")), "GUARD_CONFLICT");
      await second.close();
    });

    it("takes another hash of the same block number for another question (A18)", async () => {
      const { guard, close } = await opened(await empty());
      await guard.sign(request, digest);
      const fork = { ...request, asOfHash: word("78"), facts: word("02") };
      expect(await guard.sign(fork, word("d2"))).to.have.length(130);
      await close();
    });

    for (const [name, change] of [
      ["subject", { subject: word("ab") }],
      ["epoch", { epoch: `0x${"ef".repeat(20)}` }],
      ["block", { asOf: 8 }],
    ] as const) {
      it(`keeps another ${name} apart`, async () => {
        const { guard, close } = await opened(await empty());
        await guard.sign(request, digest);
        await guard.sign({ ...request, ...change, facts: word("02") }, word("d2"));
        await close();
      });
    }

    it("has fixed the facts on disk before the signer is asked (S2)", async () => {
      const path = await empty();
      const crash: Signer = {
        address: signer.address,
        sign: () => Promise.reject(new Error("power cut")),
        close: signer.close,
      };
      const first = await opened(path, crash);
      await first.guard.sign(request, digest).then(
        () => expect.fail("the signer was not asked"),
        (error: unknown) => expect(String(error)).to.equal("Error: power cut"),
      );
      await first.close();
      const second = await opened(path);
      await refused(second.guard.sign({ ...request, facts: word("02") }, word("d2")), "GUARD_CONFLICT");
      expect(await second.guard.sign(request, digest)).to.have.length(130);
      await second.close();
    });

    it("lets only one of two conflicting requests of the same moment through", async () => {
      const { guard, close } = await opened(await empty());
      const both = await Promise.allSettled([
        guard.sign(request, digest),
        guard.sign({ ...request, facts: word("02") }, word("d2")),
      ]);
      expect(both.map((one) => one.status)).to.deep.equal(["fulfilled", "rejected"]);
      await close();
    });

    for (const [durability, expected] of [
      ["power", { sqlite: "2", postgres: "on" }],
      ["process", { sqlite: "1", postgres: "off" }],
    ] as const) {
      it(`writes so that a signature survives loss of ${durability}`, async () => {
        const { settings } = await empty();
        const { guard: database, close } = await openGuardAt({ ...settings, durability });
        const question = dialect === "sqlite" ? sql`pragma synchronous` : sql`show synchronous_commit`;
        const { rows } = await question.execute(database);
        expect(Object.values(rows[0] ?? {}).map(String)).to.deep.equal([expected[dialect]]);
        await close();
      });
    }
  });
