import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

import { attestationAnswer } from "../../oracle/src/api/answers.ts";
import { parseAttestationRequest } from "../../oracle/src/api/requests.ts";
import { parseStrict } from "../../oracle/src/api/strictJson.ts";
import { curve } from "../../oracle/src/attest/curve.ts";
import { statementDigest } from "../../oracle/src/attest/digest.ts";
import { examine, paymentMatter, type Examination } from "../../oracle/src/attest/examine.ts";
import { reasonsOf } from "../../oracle/src/attest/finding.ts";
import { Guard } from "../../oracle/src/attest/guard.ts";
import { packedAttestation } from "../../oracle/src/attest/packed.ts";
import { engine } from "../../oracle/src/chain/epochs.ts";
import { RecentRows } from "../../oracle/src/chain/recentRows.ts";
import { HttpRpcClient } from "../../oracle/src/chain/rpc.ts";
import { ChainState } from "../../oracle/src/chain/state.ts";
import { loadSettings } from "../../oracle/src/config.ts";
import { score } from "../../oracle/src/model/reference.ts";
import { ChainStore } from "../../oracle/src/store/chainStore.ts";
import { openChain, openGuard } from "../../oracle/src/store/dataDir.ts";
import { readModels } from "../../oracle/src/store/models.ts";
import { median } from "./rounds.ts";

const ROUNDS = 5;
/** Who asks at the same time shares a commit of the guard. */
const AT_ONCE = 8;
const NO_SIGNATURE = `0x${"11".repeat(64)}`;

/** Microseconds of this process's CPU for each stage of one request. */
export type Stages = Record<"validation" | "facts" | "model" | "reasons" | "signature" | "store" | "answer", number>;

/** CPU a call, the median of some rounds. */
async function micros(count: number, call: (index: number) => unknown): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < count; index++) {
      const made = call(index);
      if (made instanceof Promise) await made;
    }
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / count);
  }
  return median(rounds);
}

/** The guard over a file that survives a crash of the process, with a signer that costs nothing. */
async function storeMicros(directory: string, found: readonly Examination[]): Promise<number> {
  const home = mkdtempSync(join(directory, "stage-"));
  const address = found[0]?.signers[0] ?? "";
  const signer = { address, sign: () => Promise.resolve(NO_SIGNATURE), close: () => Promise.resolve() };
  let round = 0;
  const cost = await micros(1, async () => {
    round += 1;
    const database = await openGuard(join(home, `guard-${round}.sqlite`), "process");
    const guard = new Guard(database, signer);
    for (let from = 0; from < found.length; from += AT_ONCE) {
      const asked = found.slice(from, from + AT_ONCE).map(({ subject, epoch, asOf, packed }) => {
        const statement = { subject, epoch: epoch.address, asOf: asOf.number, asOfHash: asOf.hash, facts: packed };
        return guard.sign(statement, asOf.hash);
      });
      await Promise.all(asked);
    }
    await guard.close();
    await database.destroy();
  });
  rmSync(home, { recursive: true });
  return cost / found.length;
}

/**
 * The stages of a request one by one, in this process, over the same requests and the same history. HTTP is what is left: it is
 * measured at the echo.
 *
 * @param settingsFile Settings of a node that has stopped; its chain file is read.
 */
export async function measureStages(
  settingsFile: string,
  directory: string,
  bodies: readonly string[],
  privateKey: string,
): Promise<Stages> {
  const settings = loadSettings(settingsFile, {});
  const database = await openChain(join(settings.dataDir, "chain.sqlite"));
  const store = new ChainStore(database, 2 * settings.reorgMarginBlocks);
  const rpc = new HttpRpcClient(settings.rpcUrl, {
    timeoutMs: settings.rpcTimeoutMs,
    signal: new AbortController().signal,
  });
  const models = readModels(settings.modelsDir);
  const state = new ChainState(store, rpc, { chainId: settings.chainId, models });
  await state.load();
  const bytes = bodies.map((body) => Buffer.from(body));
  const validate = (index: number): { id: string } =>
    parseAttestationRequest(parseStrict(bytes[index] ?? Buffer.alloc(0)), settings);
  const deps = { state, store: new RecentRows(store, state), rpc };
  const found: Examination[] = [];
  for (let index = 0; index < bodies.length; index++) found.push(await examine(deps, validate(index).id));
  const at = (index: number): Examination => {
    const one = found[index];
    if (one === undefined) throw new RangeError(`there is no finding ${index}`);
    return one;
  };
  const { length } = found;
  const stages: Stages = {
    validation: await micros(length, validate),
    facts: await micros(length, (index) => {
      const { payment, epoch, asOf } = at(index);
      const matter = paymentMatter(payment, epoch, asOf.number);
      return matter.facts(engine(epoch).schema, state.book.history(epoch.tokens), {
        block: asOf.number,
        timestamp: asOf.timestamp,
      });
    }),
    model: await micros(length, (index) => score(engine(at(index).epoch).model, at(index).completed)),
    reasons: await micros(length, (index) => reasonsOf(at(index))),
    signature: await micros(length, (index) => {
      const { subject, asOf, packed, epoch } = at(index);
      const statement = { subject, asOf: asOf.number, asOfHash: asOf.hash, facts: packed };
      return curve.sign(statementDigest(statement, epoch.domainSeparator), privateKey);
    }),
    store: await storeMicros(directory, found),
    answer: 0,
  };
  const answered = await micros(length, (index) => JSON.stringify(attestationAnswer(answerOf(at(index)))));
  // The answer names the reasons, which are a stage of their own.
  stages.answer = Math.max(0, answered - stages.reasons);
  await database.destroy();
  return stages;
}

function answerOf(examination: Examination): Parameters<typeof attestationAnswer>[0] {
  const { asOf, packed, signers } = examination;
  const signatures = [{ signer: signers[0] ?? "", signature: NO_SIGNATURE }];
  const attested = { asOf: asOf.number, asOfHash: asOf.hash, facts: packed };
  return {
    examination,
    gathered: { signatures, differed: [], failures: [] },
    attestation: packedAttestation(attested, signatures),
  };
}
