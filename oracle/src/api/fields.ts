import { z } from "zod";

/** 32 bytes as 0x text. */
export const word = z.string().regex(/^0x[0-9a-fA-F]{64}$/, "must be 32 bytes of 0x hex");
export const addressText = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be a 0x address");
/** 78 digits hold 2^256 - 1; the exact bound is the field's and checked by the SDK. */
export const decimalText = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/, "must be a decimal number in a string, without sign or leading zeros");
export const decimal = decimalText.transform(BigInt);
export const whole = z.number().int().min(0);
/** Seconds since the Unix epoch. */
export const second = whole.describe("Seconds since the Unix epoch.");
export const band = z.number().int().min(1).max(3).describe("1 Allow, 2 Hold, 3 Block, the numbers the contracts use.");
export const hexText = z.string().regex(/^0x(?:[0-9a-fA-F]{2})*$/, "must be 0x hex");

/** Schemas with a name of their own in the OpenAPI document. */
export const components = z.registry<{ id: string }>();

/** Gives a schema its name in the OpenAPI document. */
export function component<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  components.add(schema, { id });
  return schema;
}

const LONGEST_CURSOR = 200;

/** One page of a list, and where the next begins. */
export function pageOf<Item extends z.ZodType>(id: string, item: Item) {
  return component(
    id,
    z.object({
      items: z.array(item),
      next: z
        .string()
        .nullable()
        .describe("Give it as `after` for the next page; null on the last. It stays good when new rows come."),
    }),
  );
}

/** Query of a list; other filters are added to it. */
export const pageQuery = z.strictObject({
  after: z.string().max(LONGEST_CURSOR).optional().describe("`next` of the page before."),
  limit: z.number().int().min(1).max(200).default(50).describe("Most items of a page."),
});
