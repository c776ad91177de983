// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {ChannelStore} from "../channels/ChannelStore.sol";
import {ChannelWord} from "../channels/ChannelWord.sol";
import {SignedBy} from "../channels/SignedBy.sol";
import {Collect} from "../escrow/Collect.sol";
import {Ledger} from "../escrow/Ledger.sol";
import {MicroUnits} from "../libraries/MicroUnits.sol";
import {PartySignature} from "../libraries/PartySignature.sol";
import {AttestationLib} from "../types/Attestation.sol";
import {ChannelId, ChannelTerms, ChannelTermsLib} from "../types/ChannelTerms.sol";
import {Policy} from "../types/Policy.sol";
import {PolicyFields, PolicyParameter} from "../types/PolicyChange.sol";
import {PackedTerms, PaymentId, TermsLib} from "../types/Terms.sol";
import {VoucherLib} from "../types/Voucher.sol";

/// @notice Assembly of the project beside plain Solidity that says the same. Each function answers both, the assembly's answer
/// first, so that tests can fuzz one against the other.
contract AssemblyTwins is Collect, Ledger {
    using AttestationLib for bytes;
    using SignedBy for bytes32;

    uint256 private constant COIN_GAS = 100_000;

    constructor() Ledger(msg.sender) {}

    receive() external payable {}

    /// @notice Sends coins as the escrow delivers them.
    function deliver(address to, uint256 amount) external returns (bool sent) {
        uint256 credit = _entry(address(0), to).credit;
        _deliver(address(0), to, amount);
        return _entry(address(0), to).credit == credit;
    }

    function deliverPlainly(address to, uint256 amount) external returns (bool sent) {
        (sent, ) = to.call{value: amount, gas: COIN_GAS}("");
    }

    /// @notice Writes by the assembly and reads by it.
    function storeChannel(ChannelId id, ChannelWord word) external returns (ChannelWord) {
        ChannelStore.save(id, word);
        return ChannelStore.load(id);
    }

    function voucherDigest(
        ChannelId channel,
        uint256 cumulative,
        bytes32 domain
    ) external pure returns (bytes32 answer, bytes32 plain) {
        answer = VoucherLib.digest(channel, cumulative, domain);
        bytes32 structHash = keccak256(abi.encode(VoucherLib.TYPEHASH, channel, cumulative));
        plain = keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function balance(address token) external view returns (uint256) {
        return _balance(token);
    }

    /// @dev Reverts where the call fails or the answer is short, so also where there is no code.
    function balancePlainly(address token) external view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }

    function signedBy(
        bytes32 digest,
        address signer,
        bytes calldata signature
    ) external view returns (bool fast, bool plain) {
        fast = digest.signedBy(signer, signature);
        plain =
            (signer != address(0) && _recoverPlainly(digest, signature) == signer) ||
            SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature);
    }

    function walk(
        bytes calldata attestation,
        bytes32 digest,
        address[] memory set
    ) external view returns (bytes memory fast, bytes memory plain) {
        uint256 count = attestation.countSignatures();
        fast = _walkFast(attestation, count, digest, set);
        plain = _walkPlainly(attestation, count, digest, set);
    }

    function termsId(PackedTerms calldata t, bytes32 domain) external pure returns (PaymentId fast, PaymentId plain) {
        fast = t.id(domain);
        bytes memory parties = abi.encode(t.payer(), t.payee(), t.operator(), t.token(), t.amount());
        bytes memory times = abi.encode(t.authorizeBy(), t.captureBy(), t.refundBy(), t.minFeeBps(), t.maxFeeBps());
        bytes memory ruling = abi.encode(
            t.feeReceiver(),
            t.arbiter(),
            t.disputeBond(),
            t.defaultSplitBps(),
            t.rulingWindow()
        );
        bytes memory rest = abi.encode(t.silenceRule(), t.maxHold(), t.referral(), t.feeTier(), t.salt);
        bytes32 structHash = keccak256(bytes.concat(TermsLib.TYPEHASH, parties, times, ruling, rest));
        plain = PaymentId.wrap(_digest(domain, structHash));
    }

    function channelId(
        ChannelTerms calldata t,
        bytes32 domain
    ) external pure returns (ChannelId fast, ChannelId plain) {
        fast = t.id(domain);
        bytes32 structHash = keccak256(
            abi.encode(ChannelTermsLib.TYPEHASH, t.payer, t.payee, t.token, t.signer, t.exitDelay, t.salt)
        );
        plain = ChannelId.wrap(_digest(domain, structHash));
    }

    function readAttestation(
        bytes calldata attestation,
        bytes32 subject,
        bytes32 domain
    ) external pure returns (bytes memory fast, bytes memory plain) {
        bytes32 digest = attestation.digest(subject, domain);
        fast = abi.encode(attestation.asOf(), attestation.asOfHash(), attestation.facts(), digest);
        uint256 asOf = uint64(bytes8(attestation[:8]));
        (bytes32 asOfHash, bytes32 facts) = (bytes32(attestation[8:40]), bytes32(attestation[40:72]));
        bytes32 structHash = keccak256(abi.encode(AttestationLib.TYPEHASH, subject, asOf, asOfHash, facts));
        plain = abi.encode(asOf, asOfHash, facts, _digest(domain, structHash));
    }

    function bucket(uint256 micro) external pure returns (int256 fast, int256 plain) {
        fast = int8(MicroUnits.bucket(micro));
        if (micro == 0) return (fast, -128);
        uint256 msb = 0;
        while (micro >> (msb + 1) != 0) ++msb;
        uint256 mantissa = (micro * 8) / 2 ** msb - 8;
        plain = int256(8 * msb + mantissa) - 160;
        if (plain < -128) plain = -128;
        if (plain > 127) plain = 127;
    }

    function isWrapped(bytes calldata signature) external pure returns (bool fast, bool plain) {
        fast = PartySignature.isWrapped(signature);
        uint256 length = signature.length;
        bytes32 mark = 0x6492649264926492649264926492649264926492649264926492649264926492;
        plain = length >= 192 && bytes32(signature[length - 32:]) == mark;
    }

    function policyField(
        Policy memory policy,
        PolicyParameter parameter,
        uint256 value
    ) external pure returns (bytes memory fast, bytes memory plain) {
        Policy memory copy = abi.decode(abi.encode(policy), (Policy));
        uint256 read = PolicyFields.get(policy, parameter);
        PolicyFields.set(policy, parameter, value);
        fast = abi.encode(read, policy);
        uint256[13] memory fields = abi.decode(abi.encode(copy), (uint256[13]));
        uint256 plainRead = fields[uint256(parameter)];
        fields[uint256(parameter)] = value;
        plain = abi.encode(plainRead, abi.decode(abi.encode(fields), (Policy)));
    }

    function _walkFast(
        bytes calldata attestation,
        uint256 count,
        bytes32 digest,
        address[] memory set
    ) private view returns (bytes memory) {
        (uint256 seen, address last, address previous, bool found) = attestation.walk(count, digest, set);
        return abi.encode(seen, last, previous, found);
    }

    function _walkPlainly(
        bytes calldata attestation,
        uint256 count,
        bytes32 digest,
        address[] memory set
    ) private pure returns (bytes memory) {
        uint256 seen;
        uint256 cursor;
        address last;
        address previous;
        for (uint256 i = 0; i < count; ++i) {
            previous = last;
            last = _recoverPlainly(digest, attestation[72 + 64 * i:136 + 64 * i]);
            while (cursor < set.length && set[cursor] != last) ++cursor;
            if (cursor == set.length) return abi.encode(seen, last, previous, false);
            seen |= 1 << cursor;
            ++cursor;
        }
        return abi.encode(seen, last, previous, true);
    }

    function _recoverPlainly(bytes32 digest, bytes calldata signature) private pure returns (address) {
        if (signature.length == 65) {
            return ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
        }
        if (signature.length != 64) return address(0);
        uint256 yParityAndS = uint256(bytes32(signature[32:]));
        uint8 v = yParityAndS >> 255 == 0 ? 27 : 28;
        return ecrecover(digest, v, bytes32(signature[:32]), bytes32(yParityAndS & (2 ** 255 - 1)));
    }

    function _digest(bytes32 domain, bytes32 structHash) private pure returns (bytes32) {
        return keccak256(bytes.concat(hex"1901", domain, structHash));
    }
}
