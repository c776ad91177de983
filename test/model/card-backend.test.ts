import * as tf from "@tensorflow/tfjs";
import { expect } from "chai";

import { BackendError, selectBackend } from "../../oracle/src/train/backend.ts";
import { DEFAULT_FIT, fitNetwork } from "../../oracle/src/train/fit.ts";
import { generatedRows } from "./cardStream.ts";

const NATIVE = "tensorflow";

/** Registers a backend named tensorflow that computes with the kernels of the plain one: what the native binding does on loading. */
function loadStandIn(): void {
  const factory = tf.findBackendFactory("cpu");
  tf.registerBackend(NATIVE, factory);
  for (const kernel of tf.getKernelsForBackend("cpu")) {
    if (tf.getKernel(kernel.kernelName, NATIVE) === undefined) tf.registerKernel({ ...kernel, backendName: NATIVE });
  }
}

function loadNothing(): void {
  throw new Error("no such module");
}

function removeStandIn(): void {
  if (tf.findBackendFactory(NATIVE) !== null) tf.removeBackend(NATIVE);
}

describe("the native TensorFlow backend", () => {
  beforeEach(async () => {
    removeStandIn();
    await selectBackend("cpu", () => {});
  });

  after(async () => {
    removeStandIn();
    await selectBackend("cpu", () => {});
  });

  for (const choice of ["tensorflow", "auto"] as const) {
    it(`is chosen by ${choice} where it loads, without a word`, async () => {
      const told: string[] = [];
      expect(await selectBackend(choice, (line) => told.push(line), loadStandIn)).to.equal(NATIVE);
      expect(tf.getBackend()).to.equal(NATIVE);
      expect(told).to.deep.equal([]);
    });
  }

  it("trains the same network as the plain backend when it has the same kernels", async () => {
    const settings = { ...DEFAULT_FIT, hidden: [4], epochs: 1, batch: 64 };
    const rows = generatedRows(5, 256);
    const plain = await fitNetwork(rows, settings);
    await selectBackend("tensorflow", () => {}, loadStandIn);
    expect(await fitNetwork(rows, settings)).to.deep.equal(plain);
  });

  it("is an error when it is asked for by name and does not load", async () => {
    const failure = await selectBackend("tensorflow", () => {}, loadNothing).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(BackendError);
    expect(String(failure)).to.contain("tensorflow").and.contain("no such module");
  });

  it("is passed over by auto when it does not load, and auto says so", async () => {
    const told: string[] = [];
    expect(await selectBackend("auto", (line) => told.push(line), loadNothing)).to.be.oneOf(["wasm", "cpu"]);
    expect(told[0]).to.contain("tensorflow").and.contain("no such module");
  });
});
