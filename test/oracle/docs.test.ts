import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";

import { ERRORS } from "../../oracle/src/errors.ts";

const RUNBOOKS = new URL("../../docs/runbooks/", import.meta.url);
const page = (name: string): string => readFileSync(new URL(name, RUNBOOKS), "utf8");

describe("oracle: the runbooks", () => {
  it("list exactly the errors that exist, with their status and whether asking again helps", () => {
    const rows = [...page("README.md").matchAll(/^\| `([A-Z_]+)` \| (\d+|–) \| (yes|no) \| (Alert\. )?/gm)];
    const listed = rows.map(([, code, status, again, alert]) => ({
      code,
      status: status === "–" ? 0 : Number(status),
      retriable: again === "yes",
      alert: alert !== undefined,
    }));
    const existing = Object.entries(ERRORS).map(([code, { status, retriable, alert }]) => ({
      code,
      status,
      retriable,
      alert,
    }));
    expect(listed).to.deep.equal(existing);
  });

  it("link to pages that exist", () => {
    const pages = readdirSync(RUNBOOKS);
    for (const name of pages) {
      for (const [, target] of page(name).matchAll(/\]\(([a-z-]+\.md)\)/g))
        expect(pages, `in ${name}`).to.include(target);
    }
  });
});
