export { ethersCurve, nativeCurve, nobleCurve } from "./curve.ts";
export type { NativeSecp256k1, NobleSecp256k1, VoucherCurve } from "./curve.ts";
export { p256VoucherSigner, p256VoucherVerifier, type P256Voucher, type P256VoucherSigner } from "./p256.ts";
export { voucherSigner, type VoucherSigner } from "./sign.ts";
export { voucherVerifier, type VoucherToVerify, type VoucherVerifier } from "./verify.ts";
