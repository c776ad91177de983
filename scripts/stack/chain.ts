import { network } from "hardhat";

/**
 * The local chain as a process of its own: `node scripts/stack/chain.ts PORT GENESIS_SECONDS`. Prints one JSON line when it
 * listens and runs until it is told to stop.
 */
const [port = "0", genesis] = process.argv.slice(2);
const override = genesis === undefined ? {} : { override: { initialDate: new Date(Number(genesis) * 1000) } };
const server = await network.createServer({ network: "hardhat", ...override }, "127.0.0.1", Number(port));
const listening = await server.listen();
process.stdout.write(`${JSON.stringify({ listening })}\n`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`chain: did not close: ${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}
