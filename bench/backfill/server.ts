import { parseArgs } from "node:util";

import { GeneratedChain, STEADY } from "../../test/oracle/support/generatedChain.ts";
import { serveChain } from "../../test/oracle/support/generatedRpc.ts";

/** The chain's endpoint as a process of its own; says where it listens, and what it spent when it is told to end. */
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    blocks: { type: "string" },
    model: { type: "string" },
    quiet: { type: "string" },
  },
});
const chain = new GeneratedChain(Number(values.seed), STEADY, Number(values.blocks));
chain.quietFrom = Number(values.quiet);
const served = await serveChain(chain, values.model ?? "");
process.send?.({ url: served.url });
process.on("message", () => process.send?.(served.spent));
process.on("disconnect", () => process.exit(0));
