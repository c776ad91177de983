import { context, trace } from "@opentelemetry/api";

import { switchTracing } from "./trace.ts";

export interface TracingOptions {
  /** Where OTLP over HTTP is taken, such as http://127.0.0.1:4318/v1/traces. */
  readonly otlpUrl: string;
  /** Share of traces that are kept, of those that do not continue another's. */
  readonly sampleShare: number;
  /** The node's signing address, by which spans of several nodes are told apart. */
  readonly signer: string;
  readonly chainId: number;
}

/** How long spans wait for company before they are sent. */
const SEND_AFTER_MS = 1_000;

/**
 * Sends spans to a collector. The SDK is loaded only here, so that a node without `otlpUrl` pays nothing for it.
 *
 * @returns Sends what is left and ends it.
 */
export async function startTracing(options: TracingOptions): Promise<() => Promise<void>> {
  const { AsyncLocalStorageContextManager } = await import("@opentelemetry/context-async-hooks");
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const { resourceFromAttributes } = await import("@opentelemetry/resources");
  const sdk = await import("@opentelemetry/sdk-trace");
  const exporter = new OTLPTraceExporter({ url: options.otlpUrl });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      "service.name": "sluice-oracle",
      "service.instance.id": options.signer,
      "sluice.chain_id": options.chainId,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(options.sampleShare) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: SEND_AFTER_MS })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  switchTracing(true);
  return async () => {
    switchTracing(false);
    await provider.shutdown();
    trace.disable();
    context.disable();
  };
}
