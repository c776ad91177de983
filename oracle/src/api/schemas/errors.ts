import { z } from "zod";

import { ERRORS, type ErrorCode } from "../../errors.ts";
import { component } from "../fields.ts";

// The keys of the table are exactly ErrorCode; Object.keys forgets it.
const codes = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].status !== 0);

export const errorAnswerSchema = component(
  "Error",
  z.object({
    error: z.object({
      code: z.enum(codes),
      message: z.string(),
      retriable: z.boolean().describe("Whether asking again may help."),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
);
