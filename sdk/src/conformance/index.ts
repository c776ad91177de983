export { checkVectors, type Vectors, type VoucherImplementation } from "./vectors.ts";
export { runConformance, type ChainFixture, type ConformanceResult, type SellerUnderTest } from "./run.ts";
