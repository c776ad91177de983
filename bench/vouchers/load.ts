import { connect, type Socket } from "node:net";
import { once } from "node:events";

/** What a run of requests took. */
export type Load = { rps: number; p50Ms: number; p99Ms: number };

const headEnd = "\r\n\r\n";

/** One connection that is kept, one request at a time: the least a client can cost. */
class Connection {
  readonly #socket: Socket;
  #received = "";
  #done: ((status: number) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#read(text));
  }

  send(request: string): Promise<number> {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#socket.write(request, "latin1");
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#received += text;
    const head = this.#received.indexOf(headEnd);
    if (head < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received.slice(0, head))?.[1] ?? 0);
    const end = head + headEnd.length + length;
    if (this.#received.length < end) return;
    const status = Number(this.#received.slice(9, 12));
    this.#received = this.#received.slice(end);
    this.#done?.(status);
  }
}

/**
 * Sends each connection's requests one after the other, all connections at once.
 * @throws where a request is not answered with status 200
 */
export async function load(port: number, requests: readonly (readonly string[])[]): Promise<Load> {
  const connections = await Promise.all(
    requests.map(async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      return new Connection(socket);
    }),
  );
  const times: number[] = [];
  const start = performance.now();
  await Promise.all(
    connections.map(async (connection, index) => {
      for (const request of requests[index] ?? []) {
        const sent = performance.now();
        const status = await connection.send(request);
        if (status !== 200) throw new Error(`status ${status} instead of 200`);
        times.push(performance.now() - sent);
      }
      connection.end();
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? NaN;
  return { rps: Math.round(times.length / seconds), p50Ms: at(0.5), p99Ms: at(0.99) };
}
