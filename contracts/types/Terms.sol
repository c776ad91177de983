// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A payment's identity: the EIP-712 digest of its terms under the escrow's domain, so it names chain and contract too.
type PaymentId is bytes32;

/// @notice What happens when nobody answers a request for screening in time.
enum SilenceRule {
    Refund,
    Release
}

/// @notice Whose stake lowers the protocol's part of the fee.
enum FeeTier {
    Nobody,
    Payer,
    Payee,
    Operator
}

/// @notice The terms as they travel and are emitted: seven words, most significant bits first.
/// @dev The payer signs the twenty fields, not the words. Spare bits must be zero.
/// @param payerAmount payer 160 | amount 96
/// @param payeeWindows payee 160 | authorizeBy 40 | captureBy 40 | minFeeBps 16
/// @param operatorRefund operator 160 | refundBy 40 | maxHold 32 | maxFeeBps 16 | silenceRule 8
/// @param tokenBond token 160 | disputeBond 96
/// @param feeReceiverRuling feeReceiver 160 | rulingWindow 32 | defaultSplitBps 16 | feeTier 8 | spare 40
/// @param arbiterReferral arbiter 160 | referral 96
/// @param salt 256
struct PackedTerms {
    uint256 payerAmount;
    uint256 payeeWindows;
    uint256 operatorRefund;
    uint256 tokenBond;
    uint256 feeReceiverRuling;
    uint256 arbiterReferral;
    uint256 salt;
}

using TermsLib for PackedTerms global;

/// @notice Field access and EIP-712 hash of packed terms. Amounts are in the token's smallest unit, times in seconds since
/// the Unix epoch, spans in seconds, fees and splits in basis points.
library TermsLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "PaymentTerms(address payer,address payee,address operator,address token,uint96 amount,uint40 authorizeBy,uint40 captureBy,uint40 refundBy,uint16 minFeeBps,uint16 maxFeeBps,address feeReceiver,address arbiter,uint96 disputeBond,uint16 defaultSplitBps,uint32 rulingWindow,uint8 silenceRule,uint32 maxHold,bytes12 referral,uint8 feeTier,uint256 salt)"
    );

    function payer(PackedTerms calldata t) internal pure returns (address) {
        return address(uint160(t.payerAmount >> 96));
    }

    function amount(PackedTerms calldata t) internal pure returns (uint256) {
        return uint96(t.payerAmount);
    }

    function payee(PackedTerms calldata t) internal pure returns (address) {
        return address(uint160(t.payeeWindows >> 96));
    }

    function authorizeBy(PackedTerms calldata t) internal pure returns (uint256) {
        return uint40(t.payeeWindows >> 56);
    }

    function captureBy(PackedTerms calldata t) internal pure returns (uint256) {
        return uint40(t.payeeWindows >> 16);
    }

    function minFeeBps(PackedTerms calldata t) internal pure returns (uint256) {
        return uint16(t.payeeWindows);
    }

    function operator(PackedTerms calldata t) internal pure returns (address) {
        return address(uint160(t.operatorRefund >> 96));
    }

    function refundBy(PackedTerms calldata t) internal pure returns (uint256) {
        return uint40(t.operatorRefund >> 56);
    }

    function maxHold(PackedTerms calldata t) internal pure returns (uint256) {
        return uint32(t.operatorRefund >> 24);
    }

    function maxFeeBps(PackedTerms calldata t) internal pure returns (uint256) {
        return uint16(t.operatorRefund >> 8);
    }

    function silenceRule(PackedTerms calldata t) internal pure returns (uint256) {
        return uint8(t.operatorRefund);
    }

    function token(PackedTerms calldata t) internal pure returns (address) {
        return address(uint160(t.tokenBond >> 96));
    }

    function disputeBond(PackedTerms calldata t) internal pure returns (uint256) {
        return uint96(t.tokenBond);
    }

    function feeReceiver(PackedTerms calldata t) internal pure returns (address) {
        return address(uint160(t.feeReceiverRuling >> 96));
    }

    function rulingWindow(PackedTerms calldata t) internal pure returns (uint256) {
        return uint32(t.feeReceiverRuling >> 64);
    }

    function defaultSplitBps(PackedTerms calldata t) internal pure returns (uint256) {
        return uint16(t.feeReceiverRuling >> 48);
    }

    function feeTier(PackedTerms calldata t) internal pure returns (uint256) {
        return uint8(t.feeReceiverRuling >> 40);
    }

    function spare(PackedTerms calldata t) internal pure returns (uint256) {
        return uint40(t.feeReceiverRuling);
    }

    function arbiter(PackedTerms calldata t) internal pure returns (address) {
        return address(uint160(t.arbiterReferral >> 96));
    }

    function referral(PackedTerms calldata t) internal pure returns (bytes12) {
        return bytes12(bytes32(t.arbiterReferral << 160));
    }

    /// @notice The payment id: EIP-712 digest of the twenty fields under a domain.
    /// @dev Replaces keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(TYPEHASH, payer, …, salt)))), for which
    /// every operation would pay some hundred gas more. Writes only free memory and leaves the pointer, so what it wrote counts as free again. Tests hold it against
    /// ethers' encoder.
    function id(PackedTerms calldata t, bytes32 domainSeparator) internal pure returns (PaymentId digest) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, typehash)
            let w := calldataload(t)
            mstore(add(m, 0x20), shr(96, w)) // payer
            mstore(add(m, 0xa0), and(w, 0xffffffffffffffffffffffff)) // amount
            w := calldataload(add(t, 0x20))
            mstore(add(m, 0x40), shr(96, w)) // payee
            mstore(add(m, 0xc0), and(shr(56, w), 0xffffffffff)) // authorizeBy
            mstore(add(m, 0xe0), and(shr(16, w), 0xffffffffff)) // captureBy
            mstore(add(m, 0x120), and(w, 0xffff)) // minFeeBps
            w := calldataload(add(t, 0x40))
            mstore(add(m, 0x60), shr(96, w)) // operator
            mstore(add(m, 0x100), and(shr(56, w), 0xffffffffff)) // refundBy
            mstore(add(m, 0x220), and(shr(24, w), 0xffffffff)) // maxHold
            mstore(add(m, 0x140), and(shr(8, w), 0xffff)) // maxFeeBps
            mstore(add(m, 0x200), and(w, 0xff)) // silenceRule
            w := calldataload(add(t, 0x60))
            mstore(add(m, 0x80), shr(96, w)) // token
            mstore(add(m, 0x1a0), and(w, 0xffffffffffffffffffffffff)) // disputeBond
            w := calldataload(add(t, 0x80))
            mstore(add(m, 0x160), shr(96, w)) // feeReceiver
            mstore(add(m, 0x1e0), and(shr(64, w), 0xffffffff)) // rulingWindow
            mstore(add(m, 0x1c0), and(shr(48, w), 0xffff)) // defaultSplitBps
            mstore(add(m, 0x260), and(shr(40, w), 0xff)) // feeTier
            w := calldataload(add(t, 0xa0))
            mstore(add(m, 0x180), shr(96, w)) // arbiter
            mstore(add(m, 0x240), shl(160, w)) // referral, left-aligned like every bytesN
            mstore(add(m, 0x280), calldataload(add(t, 0xc0))) // salt
            let structHash := keccak256(m, 0x2a0)
            mstore(m, shl(240, 0x1901))
            mstore(add(m, 2), domainSeparator)
            mstore(add(m, 34), structHash)
            digest := keccak256(m, 66)
        }
    }
}
