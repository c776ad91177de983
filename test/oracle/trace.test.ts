import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

import { contextOf, traced, traceparent } from "../../oracle/src/ops/trace.ts";
import { trace } from "@opentelemetry/api";
import { startNode, stop, type Managed } from "../../scripts/stack/processes.ts";
import { freePorts } from "../../scripts/stack/ports.ts";
import { startChain, type TestChain } from "./support/chain.ts";
import { post, settingsFor } from "./support/nodes.ts";
import { OtlpReceiver, type ReceivedSpan } from "./support/otlp.ts";
import { Scratch } from "./support/scratch.ts";

const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const SERVER = 2;

function parentOf(span: ReceivedSpan, spans: readonly ReceivedSpan[]): ReceivedSpan | undefined {
  return spans.find(({ spanId }) => spanId === span.parentSpanId);
}

describe("oracle: traces", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  let receiver: OtlpReceiver;
  before(async () => {
    chain = await startChain();
    receiver = await new OtlpReceiver().listen();
  });
  after(async () => {
    await receiver.close();
    await chain.close();
    scratch.clean();
  });

  it("follow one request through two node processes, to the chain's endpoint and the signatures", async () => {
    const ports = await freePorts(2);
    const [a, b] = ports.map((port, index) => ({ port, signer: chain.signers[index] ?? "", index }));
    if (a === undefined || b === undefined) throw new Error("two ports are needed");
    const running: Managed[] = [];
    for (const [own, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const home = scratch.dir();
      const peer = { url: `http://127.0.0.1:${other.port}`, signer: other.signer };
      const settings = settingsFor(chain, home, chain.attester(own.index), {
        ...{ port: own.port, peers: [peer], otlpUrl: receiver.url, logLevel: "info", peerTimeoutMs: 5_000 },
      });
      const file = join(home, "settings.json");
      mkdirSync(join(home, "logs"));
      const { modelsDir: _, ...plain } = settings;
      writeFileSync(file, JSON.stringify(plain));
      running.push(startNode(`node ${own.index}`, CLI, ["serve", "--settings", file], join(home, "logs", "node.log")));
    }
    await Promise.all(running.map(async ({ announced }) => announced));
    const ready = async (port: number): Promise<void> => {
      while ((await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status !== 200);
    };
    await ready(a.port);
    await ready(b.port);
    const paid = await chain.pay();
    const answer = await post(`http://127.0.0.1:${a.port}`, "/v1/attestations", { terms: paid.terms });
    expect(answer.status).to.equal(200);
    // Stopping sends what is left, so nothing has to be waited for.
    for (const managed of running) expect(await stop(managed)).to.equal(0);

    const root = receiver.spans.find(({ name, node }) => name === "POST /v1/attestations" && node === a.signer);
    expect(root, "the coordinator's own span").to.not.equal(undefined);
    const spans = receiver.spans.filter(({ traceId }) => traceId === root?.traceId);
    const served = spans.find(({ kind, node }) => kind === SERVER && node === b.signer);
    if (served === undefined) throw new Error("the peer continued no trace");
    const asked = parentOf(served, spans);
    expect(asked).to.include({ name: "ask peer", node: a.signer });
    for (const node of [a.signer, b.signer]) {
      const names = spans.filter((span) => span.node === node).map(({ name }) => name);
      expect(names, `of ${node}`).to.include("sign");
      expect(
        names.some((name) => name.startsWith("rpc eth_")),
        `${node} asks its endpoint`,
      ).to.equal(true);
    }
    for (const span of spans.filter((one) => one !== root))
      expect(parentOf(span, spans), span.name).to.not.equal(undefined);
    const secret = chain.attester(0).privateKey.slice(2);
    expect(receiver.bodies.join("")).to.not.contain(secret).and.to.not.contain(chain.url);
  }).timeout(120_000);

  it("are not made, and nothing is put on the wire, while they are switched off", async () => {
    expect(await traced("x", {}, () => Promise.resolve(trace.getActiveSpan()))).to.equal(undefined);
    expect(traceparent()).to.equal(undefined);
  });

  for (const header of [
    undefined,
    "",
    "00-0-0-01",
    `00-${"0".repeat(32)}-${"1".repeat(16)}-01`,
    `ff-${"1".repeat(32)}-${"1".repeat(16)}-01`,
  ]) {
    it(`begin anew where traceparent is ${header?.slice(0, 12) ?? "absent"}`, () => {
      expect(trace.getSpanContext(contextOf(header))).to.equal(undefined);
    });
  }

  it("continue a well-formed traceparent", () => {
    const context = trace.getSpanContext(contextOf(`00-${"ab".repeat(16)}-${"cd".repeat(8)}-01`));
    expect(context).to.include({ traceId: "ab".repeat(16), spanId: "cd".repeat(8), traceFlags: 1, isRemote: true });
  });
});
