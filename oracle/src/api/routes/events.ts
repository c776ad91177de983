import { OracleError } from "../../errors.ts";
import type { EventService } from "../../service/events.ts";
import { streamEvents, type StreamOptions } from "../eventStream.ts";
import { streamEventsOperation } from "../eventOperations.ts";
import type { Routes } from "../serve.ts";

const SEQ = /^(0|[1-9][0-9]{0,15})$/;

export interface EventRouteOptions extends StreamOptions {
  /** Streams at once. */
  readonly maxEventStreams: number;
}

function lastSeen(header: string | undefined, after: number | undefined): number | undefined {
  if (header === undefined) return after;
  if (SEQ.test(header)) return Number(header);
  throw new OracleError("INVALID_REQUEST", "Last-Event-ID: is no number of an event");
}

/** Where a reader goes on. @throws OracleError EVENTS_GONE where some of what he has not seen is no longer kept. */
async function startOf({ feed }: EventService, seen: number | undefined): Promise<number> {
  const { oldest, newest } = await feed.bounds();
  if (seen === undefined) return newest;
  // A number from the future belongs to another node, or to this one before its service store was lost.
  if (seen >= oldest - 1 && seen <= newest) return seen;
  const details = { oldest, newest };
  throw new OracleError(
    "EVENTS_GONE",
    `events ${oldest} to ${newest} are kept here, ${seen} is not among them`,
    details,
  );
}

/** The stream of events. */
export function eventRoutes(routes: Routes, events: EventService, options: EventRouteOptions): void {
  let streams = 0;
  routes.serveStream(streamEventsOperation, async ({ query }, { request, response }) => {
    const header = request.headers["last-event-id"];
    const seen = lastSeen(typeof header === "string" ? header : undefined, query.after);
    if (streams >= options.maxEventStreams) {
      throw new OracleError("TOO_MANY_STREAMS", `${options.maxEventStreams} streams are open already`);
    }
    streams += 1;
    try {
      const kinds = query.kinds?.split(",") ?? [];
      await streamEvents(events.feed, response, await startOf(events, seen), { kinds }, options);
    } finally {
      streams -= 1;
    }
  });
}
