import { expect } from "chai";

import { RecentRows } from "../../oracle/src/chain/recentRows.ts";
import type { BlockRef } from "../../oracle/src/store/chainStore.ts";
import type { PaymentRow } from "../../oracle/src/store/schema.ts";

const row = (id: string, block: number): PaymentRow => {
  return { id, payer: "0xa", payee: "0xb", token: "0xc", amount: "1", terms: "0x", block, log_index: 0, timestamp: 9 };
};

/** A store that counts what it is asked and answers what stands in it when it answers. */
function countingStore() {
  const payments = new Map<string, PaymentRow>();
  const blocks = new Map<number, BlockRef>();
  const asked = { payments: 0, blocks: 0 };
  return {
    ...{ payments, blocks, asked },
    payment: (id: string): Promise<PaymentRow | undefined> => {
      asked.payments += 1;
      return Promise.resolve(payments.get(id));
    },
    block: (number: number): Promise<BlockRef | undefined> => {
      asked.blocks += 1;
      return Promise.resolve(blocks.get(number));
    },
  };
}

describe("oracle: rows that were read before", () => {
  it("are read from the store once", async () => {
    const store = countingStore();
    store.payments.set("0x1", row("0x1", 5));
    store.blocks.set(5, { number: 5, hash: "0x55", timestamp: 9 });
    const recent = new RecentRows(store, { generation: 1 });
    for (let round = 0; round < 3; round++) {
      expect(await recent.payment("0x1")).to.deep.equal(row("0x1", 5));
      expect((await recent.block(5))?.hash).to.equal("0x55");
    }
    expect(store.asked).to.deep.equal({ payments: 1, blocks: 1 });
  });

  it("do not hide what comes into the store later", async () => {
    const store = countingStore();
    const recent = new RecentRows(store, { generation: 1 });
    expect(await recent.payment("0x1")).to.equal(undefined);
    store.payments.set("0x1", row("0x1", 5));
    expect(await recent.payment("0x1")).to.deep.equal(row("0x1", 5));
  });

  it("are forgotten with every rollback, also what was being read while it happened", async () => {
    const store = countingStore();
    const state = { generation: 1 };
    const recent = new RecentRows(store, state);
    store.payments.set("0x1", row("0x1", 5));
    store.payments.set("0x2", row("0x2", 5));
    await recent.payment("0x1");
    const underWay = recent.payment("0x2");
    state.generation = 2;
    await underWay;
    store.payments.set("0x1", row("0x1", 6));
    store.payments.set("0x2", row("0x2", 7));
    expect((await recent.payment("0x1"))?.block).to.equal(6);
    expect((await recent.payment("0x2"))?.block).to.equal(7);
  });

  it("are no more than were asked for: the first one goes", async () => {
    const store = countingStore();
    for (const id of ["0x1", "0x2", "0x3"]) store.payments.set(id, row(id, 5));
    const recent = new RecentRows(store, { generation: 1 }, 2);
    for (const id of ["0x1", "0x2", "0x3", "0x2", "0x3"]) await recent.payment(id);
    expect(store.asked.payments).to.equal(3);
    await recent.payment("0x1");
    expect(store.asked.payments).to.equal(4);
  });
});
