import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from "@opentelemetry/api";
import type { RequestHandler } from "express";

/** Off until `startTracing` was called: then every function here is a plain call. */
let on = false;

/** Switches spans on or off for the process; the API behind them is global, too. */
export function switchTracing(active: boolean): void {
  on = active;
}

export function tracingIsOn(): boolean {
  return on;
}

const tracer = trace.getTracer("sluice");

function fail(span: Span, error: unknown): void {
  // The code only: a message may carry what somebody sent.
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  const kind = typeof code === "string" ? code : error instanceof Error ? error.name : typeof error;
  span.setAttribute("error.type", kind);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Runs a task inside a span; without tracing it just runs. What the task throws is thrown, and marks the span. */
export async function traced<T>(
  name: string,
  attributes: Attributes,
  task: () => Promise<T>,
  kind: SpanKind = SpanKind.INTERNAL,
): Promise<T> {
  if (!on) return task();
  return tracer.startActiveSpan(name, { attributes, kind }, async (span) => {
    try {
      return await task();
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span for what has just ended, such as a database statement. */
export function tracedAfter(name: string, attributes: Attributes, durationMs: number): void {
  if (!on || trace.getActiveSpan() === undefined) return;
  const end = Date.now();
  tracer.startSpan(name, { attributes, kind: SpanKind.CLIENT, startTime: end - durationMs }).end(end);
}

/** The running span as a W3C `traceparent` header, undefined where there is none. */
export function traceparent(): string | undefined {
  const span = on ? trace.getActiveSpan()?.spanContext() : undefined;
  if (span === undefined) return undefined;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, "0")}`;
}

/** The context a `traceparent` header names; an own new trace where it is absent or malformed. */
export function contextOf(header: string | undefined): Context {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

/** A server span around every request, continuing the trace of whoever asked. */
export const tracedRequests: RequestHandler = (request, response, next) => {
  if (!on) return next();
  const given = request.headers["traceparent"];
  const parent = contextOf(typeof given === "string" ? given : undefined);
  const attributes = { "http.request.method": request.method };
  const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER, attributes }, parent);
  response.on("close", () => {
    // The pattern, not the path: ids are no names of spans.
    const route: unknown = request.route === undefined ? undefined : Reflect.get(request.route, "path");
    if (typeof route === "string") span.updateName(`${request.method} ${route}`).setAttribute("http.route", route);
    span.setAttribute("http.response.status_code", response.statusCode);
    if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
  context.with(trace.setSpan(parent, span), () => next());
};

export { SpanKind } from "@opentelemetry/api";
