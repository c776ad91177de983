import { createServer, type AddressInfo } from "node:net";

/** Free ports on the loopback address; all are held until all are known, so that none comes twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen()));
  const ports = servers.map((server) => (server.address() as AddressInfo).port); // a TCP server's address is no string
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Checks that nothing listens on any of the ports.
 * @throws naming the first port that is taken
 */
export async function checkFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const server = await listen(port).catch((error: unknown) => {
      throw new Error(
        `port ${port} of 127.0.0.1 cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    await new Promise((resolve) => server.close(resolve));
  }
}

function listen(port = 0): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
