import type { QuantisedModel } from "../model/network.ts";

/** model.json: one line a neuron, so that a change of weights is readable. */
export function renderModel(model: QuantisedModel): string {
  const row = (values: readonly unknown[]): string => JSON.stringify(values);
  const layers = model.layers.map(
    (layer) =>
      `    {\n      "shift": ${layer.shift},\n      "bias": ${row(layer.bias)},\n      "weights": [\n${layer.weights
        .map((weights) => `        ${row(weights)}`)
        .join(",\n")}\n      ]\n    }`,
  );
  const errorLine = model.kind === "autoencoder" ? `  "error": ${JSON.stringify(model.error)},\n` : "";
  return `{
${model.kind === undefined ? "" : `  "kind": ${JSON.stringify(model.kind)},\n`}  "id": ${JSON.stringify(model.id)},
  "schemaHash": ${JSON.stringify(model.schemaHash)},
  "layers": [
${layers.join(",\n")}
  ],
${errorLine}  "knots": [
${model.knots.map((knot) => `    ${row(knot)}`).join(",\n")}
  ],
  "referenceRow": ${row(model.referenceRow)}
}
`;
}
