import { createSocket } from "node:dgram";
import type { LookupAddress } from "node:dns";
import { promises as dns } from "node:dns";

/** Answers every question for an IPv4 address with the next list of addresses; a real name server on loopback. */
export class NameServer {
  readonly #socket = createSocket("udp4");
  readonly #answers: string[][];
  /** Questions for an IPv4 address. */
  asked = 0;

  constructor(answers: string[][]) {
    this.#answers = answers;
    this.#socket.on("message", (question, from) => {
      const end = question.indexOf(0, 12) + 5;
      const isA = question.readUInt16BE(end - 4) === 1;
      const addresses = isA ? (this.#answers[Math.min(this.asked, this.#answers.length - 1)] ?? []) : [];
      if (isA) this.asked += 1;
      const head = Buffer.from(question.subarray(0, end));
      head.writeUInt16BE(0x8180, 2);
      head.writeUInt16BE(addresses.length, 6);
      head.writeUInt16BE(0, 8);
      head.writeUInt16BE(0, 10);
      const records = addresses.map((address) =>
        Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]),
      );
      this.#socket.send(Buffer.concat([head, ...records]), from.port, from.address);
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#socket.bind(0, "127.0.0.1", resolve));
    return this;
  }

  /** Asks this server, as a node asks its own. */
  readonly resolve = async (hostname: string): Promise<LookupAddress[]> => {
    const resolver = new dns.Resolver();
    resolver.setServers([`127.0.0.1:${this.#socket.address().port}`]);
    return (await resolver.resolve4(hostname)).map((address) => ({ address, family: 4 }));
  };

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}
