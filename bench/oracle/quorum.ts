import { join } from "node:path";

import { computeAddress } from "ethers";

import { freePorts } from "../../scripts/stack/ports.ts";
import { Generator } from "./generator.ts";
import type { Measured } from "./load.ts";
import { startNode, type Server } from "./processes.ts";
import { PATH } from "./rounds.ts";
import { authorizePayments, deploySite, type World } from "./world.ts";

const ATTESTERS = 3;
const QUORUM = 2;
const WARM_UP = 300;
const CONNECTIONS = 32;

/**
 * Three nodes on the loopback address of which any two make a quorum; one is asked at a fixed rate about a payment at a time that
 * none of them has signed.
 */
export async function measureQuorum(world: World, count: number, rate: number, seed: number): Promise<Measured> {
  const site = await deploySite(world, ATTESTERS, QUORUM);
  const file = join(world.directory, "quorum-bodies");
  const made = await authorizePayments(world, site, count + WARM_UP, seed, file);
  const ports = await freePorts(ATTESTERS);
  const addresses = ports.map((port, index) => ({
    url: `http://127.0.0.1:${port}`,
    signer: signerOf(site.keys, index),
  }));
  const servers: Server[] = [];
  try {
    for (const [attester, port] of ports.entries()) {
      const peers = addresses.filter((_, index) => index !== attester);
      const home = join(world.directory, `quorum-${attester}`);
      servers.push(await startNode({ home, site, attester, changes: { port, peers }, settled: made }));
    }
    const [coordinator] = servers;
    if (coordinator === undefined) throw new Error("no node was started");
    const generator = await Generator.start(file);
    const load = { url: coordinator.url, path: PATH, connections: CONNECTIONS, rate };
    await generator.run({ ...load, from: 0, count: WARM_UP });
    const measured = await generator.run({ ...load, from: WARM_UP, count: made - WARM_UP });
    await generator.stop();
    return measured;
  } finally {
    for (const server of servers) await server.stop();
  }
}

function signerOf(keys: readonly { readonly publicKey: string }[], index: number): string {
  const key = keys[index];
  if (key === undefined) throw new RangeError(`there is no attester ${index}`);
  return computeAddress(key.publicKey);
}
