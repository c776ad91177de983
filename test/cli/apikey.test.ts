import { expect } from "chai";

import { parseSettings, type NodeSettings } from "../../oracle/src/config.ts";
import type { Node } from "../../oracle/src/index.ts";
import { apiKey } from "../oracle/support/apiKeys.ts";
import { ready } from "../oracle/support/nodes.ts";
import { cliWorld, type CliWorld } from "./support.ts";

describe("cli: a key of a node's API", () => {
  let world: CliWorld;
  let node: Node;
  let settings: NodeSettings;
  before(async () => {
    world = await cliWorld();
    const privateKeyFile = await world.write("node.key", world.keys[0]?.privateKey ?? "");
    const place = { rpcUrl: world.rpcUrl, deployment: world.deploymentFile, dataDir: world.file("node") };
    const rest = { privateKeyFile, port: 0, pollIntervalMs: 60_000, postBands: false, logLevel: "silent" };
    settings = parseSettings({ ...place, ...rest, rateLimitPerKey: 10 }, {}, world.directory);
    node = await ready(settings);
  });
  after(async () => {
    await node.stop();
    await world.close();
  });

  it("is tied to the stake of the account that signs, and shows its limit and what more would bring", async () => {
    const file = await world.write("api.key", `${await apiKey(settings, "read")}\n`);
    const place = ["--node", node.url, "--api-key-file", file];
    expect(await world.json(["apikey", "show", ...place])).to.include({ account: null, requestsPerSecond: 10 });
    await world.json(["stake", "10000"], 0);
    await node.catchUp();
    const tied = await world.json(["apikey", "tie", ...place], 0);
    expect(tied).to.include({ stake: `${10_000n * 10n ** 18n}`, factor: 5, requestsPerSecond: 50 });
    const { out } = await world.run(["apikey", "show", ...place]);
    expect(out).to.match(/times 10 from 100,000 SLUICE on/);
  });

  it("is read from a file that only its owner reads, and refused where the node does not know it", async () => {
    const strange = `slk_${"0".repeat(12)}_${"A".repeat(43)}`;
    const open = await world.write("open.key", strange, 0o644);
    const place = ["--node", node.url, "--api-key-file"];
    expect((await world.refused(["apikey", "show", ...place, open])).code).to.equal("KEY_UNREADABLE");
    const unknown = await world.write("unknown.key", strange);
    const { code, message } = await world.refused(["apikey", "tie", ...place, unknown], 0);
    expect(code).to.equal("NODE_REFUSED");
    expect(message).to.not.include(strange.slice(17));
  });
});
