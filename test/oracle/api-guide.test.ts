import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect } from "chai";

import type { Node } from "../../oracle/src/index.ts";
import { apiKey } from "./support/apiKeys.ts";
import { startChain, type Paid, type TestChain } from "./support/chain.ts";
import { ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const run = promisify(execFile);
const page = readFileSync("docs/guides/oracle-api.md", "utf8");
const examples = (language: string): string[] =>
  [...page.matchAll(new RegExp("^```" + language + "\\n(.*?)^```", "gms"))].map(([, text = ""]) => text);

describe("docs: the guide of the API", () => {
  let chain: TestChain;
  let node: Node;
  let second: Node;
  let paid: Paid;
  let environment: NodeJS.ProcessEnv;
  const scratch = new Scratch();
  before(async () => {
    chain = await startChain();
    second = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const peers = [{ url: second.url, signer: second.signer }];
    const changes = { peers, peerTimeoutMs: 5_000, apiKeysRequired: true };
    const settings = settingsFor(chain, scratch.dir(), chain.attester(0), changes);
    node = await ready(settings);
    paid = await chain.pay();
    await node.catchUp();
    environment = { ...process.env, NODE: node.url, KEY: await apiKey(settings, "attest,read"), ID: paid.id };
  });
  after(async () => {
    await node.stop();
    await second.stop();
    await chain.close();
    scratch.clean();
  });

  it("has shell examples that answer what they say", async () => {
    const commands = examples("bash");
    expect(commands).to.have.length(4);
    for (const command of commands) {
      const { stdout } = await run("bash", ["-c", command], { env: environment });
      expect(stdout, command).to.contain(paid.id);
    }
  });

  it("has a TypeScript example that runs", async () => {
    const [code = ""] = examples("ts");
    const { stdout } = await run(process.execPath, ["--input-type=module-typescript", "-e", code], {
      env: environment,
    });
    expect(stdout)
      .to.match(/^Allow /)
      .and.to.contain(`${paid.id} ${paid.terms.amount}`);
  });
});
