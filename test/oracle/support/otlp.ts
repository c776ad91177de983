import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as OTLP over HTTP carries it in JSON, with the node that made it. */
export interface ReceivedSpan {
  readonly node: string;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: ReceivedSpan["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<ReceivedSpan, "node">[] }[];
  }[];
}

/** A collector of OTLP/HTTP in JSON on the loopback address. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** What came in, as it came in. */
  readonly bodies: string[] = [];
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      this.bodies.push(text);
      this.#take(JSON.parse(text) as Body); // the exporter's own format
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  url = "";

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/traces`; // a TCP address is an object
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(body: Body): void {
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const instance = resource.attributes.find(({ key }) => key === "service.instance.id");
      const node = String(instance?.value["stringValue"]);
      for (const { spans } of scopeSpans) this.spans.push(...spans.map((span) => ({ ...span, node })));
    }
  }
}
