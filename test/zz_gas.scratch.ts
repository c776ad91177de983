import { packTerms, paymentId } from "@sluice/sdk";
import { Wallet } from "ethers";
import { attest, deploySuite, ethers, networkHelpers, sign3009, termsFor, UNIT, key, COLLECTION, epochConfig, attesterKeys, POLICY } from "./shared/suite.ts";
describe("gas", () => {
  it("prints", async () => {
    for (const [n,m] of [[1,1],[3,2],[5,3],[9,5]] as const) {
    const s = await deploySuite();
    const keys = attesterKeys(n);
    const epoch = await ethers.deployContract("DirectEpoch", [epochConfig(keys, m, await s.token.getAddress())]);
    await s.gate.setPolicy(POLICY, await epoch.getAddress());
    (s as any).epoch = epoch; (s as any).keys = keys;
    const w = new Wallet(key("payer3009").privateKey);
    for (const a of [w.address, s.payee.address, s.feeReceiver.address, s.site.escrow, s.operator.address]) await s.token.mint(a, 10000n*UNIT);
    await s.token.connect(s.operator).approve(s.site.escrow, 2n**256n-1n);
    const g = async (name: string, p: Promise<any>) => { const r = await (await p).wait(); console.log(name, r.gasUsed.toString()); return r; };
    let salt = 0n;
    const auth = async (changes = {}, name = "authorize3009") => {
      const terms = await termsFor(s, { payer: w.address, salt: BigInt(ethers.id(`${++salt}`)), ...changes });
      const r = await g(name, s.escrow.connect(s.operator).authorize(packTerms(terms), 1, await sign3009(s, w, terms)));
      await networkHelpers.mine(1);
      return { terms, packed: packTerms(terms), id: paymentId(terms, s.site), block: r.blockNumber };
    };
    const at = (p: any) => attest(s, p, { keys: keys.slice(0, m), facts: "0x000000" + "0123456789abcdef0123456789abcdef0123456789abcdef0123".slice(0,52) + "00f0" + "00f0".slice(0,2) });
    const esc = s.escrow.connect(s.operator);
    const p0 = await auth();
    const A = async (p:any)=> attest(s,p,{keys: keys.slice(0,m), facts: "0x000000"+"1f".repeat(27)+"0100"});
    await g("first ledger capture", esc.capture(p0.packed, 100n*UNIT, 100, false, await A(p0)));
    const p1 = await auth();
    const r1 = await g(`captureAttested ${m}of${n}`, esc.capture(p1.packed, 100n*UNIT, 100, false, await A(p1)));
    const p2 = await auth();
    await g("post", s.escrow.connect(s.stranger).post(p2.packed, await A(p2)));
    const r2 = await g("capture1pct posted", esc.capture(p2.packed, 100n*UNIT, 100, false, "0x"));
    console.log("gate.check", m, r1.gasUsed - r2.gasUsed);
    if (n !== 3) continue;
    const p3 = await auth(); await esc.post(p3.packed, await A(p3));
    await g("capturePushed", esc.capture(p3.packed, 100n*UNIT, 100, true, "0x"));
    const p4 = await auth(); await esc.post(p4.packed, await A(p4));
    await g("captureNoFee", esc.capture(p4.packed, 100n*UNIT, 0, false, "0x"));
    await g("refund", esc.refund(p4.packed, 100n*UNIT));
    const p5 = await auth(); await g("void", esc.void(p5.packed, 100n*UNIT));
    const p6 = await auth(); await networkHelpers.time.increase(8*86400); await g("reclaim", s.escrow.connect(s.stranger).reclaim(p6.packed));
    const p7 = await auth(); await g("request", esc.request(p7.packed));
    const terms = await termsFor(s, {salt: 77n}); await g("authorizeAllowance", s.escrow.connect(s.payer).authorize(packTerms(terms), 0, "0x"));
    await g("transfer", s.token.connect(s.operator).transfer(s.payee.address, 1n));
    }
  });
});
