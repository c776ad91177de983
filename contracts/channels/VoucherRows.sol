// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchHeader, IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {ChannelId, ChannelTermsLib} from "../types/ChannelTerms.sol";
import {VoucherLib} from "../types/Voucher.sol";

/// @notice Memory in which the three hashes of a row are made; what all rows share is written into it once. By words: terms'
/// typehash, payer, payee, token, signer, exitDelay, salt | voucher's typehash, channel, cumulative | 0x1901, domain, struct
/// hash | digest, v, r, s.
type RowForm is uint256;

/// @notice Reads the rows of a batch. The assembly replaces five abi.encode and an ABI decoding for each row, some 700 gas;
/// it writes only to the form. Tests hold every row against ethers' encoder and against `redeem`, which is written plainly.
library VoucherRows {
    uint256 private constant FORM_SIZE = 0x220;

    /// @notice Length of a row in bytes, and how many there are.
    function measure(BatchHeader calldata header, bytes calldata rows)
        internal
        pure
        returns (uint256 rowLength, uint256 count)
    {
        rowLength = header.withSigners ? 160 : 128;
        count = rows.length / rowLength;
        if (rows.length % rowLength != 0 || count > type(uint16).max) {
            revert IPaymentChannels.RowsLength(rows.length, rowLength);
        }
    }

    /// @notice Place of the first row in calldata.
    function first(bytes calldata rows) internal pure returns (uint256 row) {
        assembly ("memory-safe") {
            row := rows.offset
        }
    }

    function form(BatchHeader calldata header, bytes32 domainSeparator) internal pure returns (RowForm f) {
        bytes32 termsTypehash = ChannelTermsLib.TYPEHASH;
        bytes32 voucherTypehash = VoucherLib.TYPEHASH;
        address payee = header.payee;
        address token = header.token;
        uint256 exitDelay = header.exitDelay;
        assembly ("memory-safe") {
            f := mload(0x40)
            mstore(0x40, add(f, FORM_SIZE))
            mstore(f, termsTypehash)
            mstore(add(f, 0x40), payee)
            mstore(add(f, 0x60), token)
            mstore(add(f, 0xa0), exitDelay)
            mstore(add(f, 0xe0), voucherTypehash)
            mstore(add(f, 0x140), 0x1901)
            mstore(add(f, 0x160), domainSeparator)
        }
    }

    /// @notice Channel and amount of the row at a place in calldata.
    function read(RowForm f, uint256 row, bool withSigner) internal pure returns (ChannelId id, uint256 cumulative) {
        assembly ("memory-safe") {
            let word := calldataload(row)
            let signer := shr(96, word)
            cumulative := and(word, 0xffffffffffffffffffffffff)
            mstore(add(f, 0x20), signer)
            if withSigner { signer := calldataload(add(row, 0x80)) }
            mstore(add(f, 0x80), signer)
            mstore(add(f, 0xc0), calldataload(add(row, 0x20)))
            mstore(add(f, 0x180), keccak256(f, 0xe0))
            id := keccak256(add(f, 0x15e), 0x42)
            mstore(add(f, 0x100), id)
            mstore(add(f, 0x120), cumulative)
        }
    }

    /// @notice Whether the signer of the row last read has signed its voucher.
    /// @dev A channel's signer is never zero, which is what the precompile's silence leaves. A call so short of gas that the
    /// precompile fails cannot go on to its end. A high s is not refused: a signature is no identity here.
    function isSigned(RowForm f, uint256 row) internal view returns (bool signed) {
        assembly ("memory-safe") {
            mstore(add(f, 0x180), keccak256(add(f, 0xe0), 0x60))
            mstore(add(f, 0x1a0), keccak256(add(f, 0x15e), 0x42))
            let yParityAndS := calldataload(add(row, 0x60))
            mstore(add(f, 0x1c0), add(27, shr(255, yParityAndS)))
            mstore(add(f, 0x1e0), calldataload(add(row, 0x40)))
            mstore(add(f, 0x200), shr(1, shl(1, yParityAndS)))
            mstore(0, 0)
            pop(staticcall(gas(), 1, add(f, 0x1a0), 0x80, 0, 0x20))
            signed := eq(mload(0), mload(add(f, 0x80)))
        }
    }
}
