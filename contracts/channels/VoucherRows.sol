// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {BatchHeader, RowProblem} from "../types/ChannelState.sol";
import {ChannelId, ChannelTermsLib} from "../types/ChannelTerms.sol";
import {Float24} from "../types/Float24.sol";
import {VoucherLib} from "../types/Voucher.sol";

/// @notice A batch while it is worked on.
/// @param list (channel 32 bytes | cumulative 12 bytes) of every row: what a subject hashes; cut down to the rows something was
/// done to, what an event carries.
/// @param words Place in memory of one word a row: the channel's before the row was paid, or the problem why it was not. A
/// channel's word has its open flag set and is larger than any problem.
/// @param count Number of rows.
/// @param bad Number of rows that were not paid.
/// @param paid Sum of what was paid.
/// @param form Place in memory where the hashes of a row are made.
struct Batch {
    bytes list;
    uint256 words;
    uint256 count;
    uint256 bad;
    uint256 paid;
    uint256 form;
}

/// @notice The walk over a batch, whose gas is by the row. The assembly replaces Solidity of the same shape at half its
/// overhead, some 1,400 gas a row; `redeem` does the same plainly, and tests hold each against the other and against ethers.
/// @dev Memory is allocated before it is written: form 0x220 bytes, words 32 a row, list 44 a row. Words are kept unwrapped
/// here, with the bits of ChannelWord, in the slots of ChannelStore. Amounts are compared where they stand, in the highest 96
/// bits: shl(160, word) is the deposit, shl(64, word) what was claimed with lower bits that change no `gt`. Functions called
/// from one place are inlined by the compiler.
library VoucherRows {
    uint256 private constant OPEN = 1 << 248;
    uint256 private constant OPEN_BLOCKED_OR_MOVED = 0x25 << 248;
    uint256 private constant OPEN_BLOCKED_MOVED_OR_CLOSING = (0x25 << 248) | (0xffffffff << 192);
    uint256 private constant CLAIMED = 0xffffffffffffffffffffffff << 96;
    uint256 private constant CAPPED = 1 << 252;
    uint256 private constant CAP_AND_CAPPED = 0x10ffffff << 224;
    uint256 private constant NEEDS_ATTESTATION = 7;
    uint256 private constant LAST_PROBLEM = uint256(type(RowProblem).max);
    uint256 private constant ROW = 128;
    uint256 private constant ROW_WITH_SIGNER = 148;
    uint256 private constant ENTRY = 44;
    uint256 private constant FORM_SIZE = 0x220;

    /// @notice What `pay` takes for a cap that has not been loaded yet, and for none because the batch is attested.
    uint256 internal constant UNKNOWN_CAP = 0;
    uint256 internal constant NO_CAP = type(uint256).max;

    /// @notice What `pay` takes for channels that have no cap of their own yet.
    function freshCap(Float24 cap) internal pure returns (uint256) {
        return CAPPED | (uint256(Float24.unwrap(cap)) << 224);
    }

    /// @notice Memory for the rows.
    function prepare(
        BatchHeader calldata header,
        bytes calldata rows,
        bytes32 domainSeparator
    ) internal pure returns (Batch memory batch) {
        uint256 rowLength = _rowLength(header);
        batch.count = rows.length / rowLength;
        if (rows.length % rowLength != 0 || batch.count > type(uint16).max) {
            revert IPaymentChannels.RowsLength(rows.length, rowLength);
        }
        batch.form = _form(header, domainSeparator);
        (batch.list, batch.words) = _allocate(batch.count);
    }

    /// @notice Pays rows from a place on: writes the channels' words and adds up. Stops before a row whose channel needs a cap
    /// that is not known yet. A row that cannot be paid is counted and has the word zero, to be explained.
    /// @param start Index of the first row.
    /// @param cap UNKNOWN_CAP, NO_CAP or `freshCap`.
    /// @return next Index of the row it stopped at; the number of rows when it is done.
    function pay(
        Batch memory batch,
        BatchHeader calldata header,
        bytes calldata rows,
        uint256 start,
        uint256 cap
    ) internal returns (uint256 next) {
        uint256 rowLength = _rowLength(header);
        uint256 form = batch.form;
        (bytes memory list, uint256 words, uint256 count) = (batch.list, batch.words, batch.count);
        uint256 row;
        assembly ("memory-safe") {
            row := add(rows.offset, mul(start, rowLength))
        }
        uint256 paid = 0;
        unchecked {
            // count is below 2^16, so 2^16 amounts of 2^96 add up to less than 2^112 in the 160 bits above
            for (next = start; next < count; ++next) {
                (uint256 id, uint256 cumulative) = _name(form, row, rowLength);
                _enter(list, next, id, cumulative);
                uint256 word = _load(id);
                if (_isDue(word, cumulative) && _isSigned(form, row, id, cumulative)) {
                    _note(words, next, word);
                    if (word & CAPPED == 0) {
                        if (cap == UNKNOWN_CAP) break;
                        if (cap != NO_CAP) word |= cap;
                    }
                    (uint256 amount, uint256 after_) = _after(word, cumulative, cap);
                    if (amount == 0) {
                        _note(words, next, NEEDS_ATTESTATION);
                        ++batch.bad;
                    } else {
                        _save(id, after_);
                        paid += amount;
                    }
                } else {
                    ++batch.bad;
                }
                row += rowLength;
            }
            batch.paid += paid >> 96;
        }
    }

    /// @notice Channel and amount of a row.
    function rowAt(Batch memory batch, uint256 index) internal pure returns (ChannelId id, uint256 cumulative) {
        bytes memory list = batch.list;
        assembly ("memory-safe") {
            let entry := add(add(list, 0x20), mul(index, ENTRY))
            id := mload(entry)
            cumulative := shr(160, mload(add(entry, 0x20)))
        }
    }

    /// @notice The channel's word before the row was paid, or the row's problem.
    function wordAt(Batch memory batch, uint256 index) internal pure returns (uint256 word) {
        uint256 words = batch.words;
        assembly ("memory-safe") {
            word := mload(add(words, shl(5, index)))
        }
    }

    function isGood(Batch memory batch, uint256 index) internal pure returns (bool) {
        return wordAt(batch, index) > LAST_PROBLEM;
    }

    /// @notice Notes why nothing was done to a row.
    function setProblem(Batch memory batch, uint256 index, RowProblem problem) internal pure {
        uint256 words = batch.words;
        assembly ("memory-safe") {
            mstore(add(words, shl(5, index)), problem)
        }
    }

    /// @notice Cuts the list down to the good rows.
    /// @dev Entries move down only, each after it was read. One that keeps its place is not written: its second word would
    /// damage the next.
    function cut(Batch memory batch) internal pure {
        bytes memory list = batch.list;
        uint256 kept = 0;
        for (uint256 i = 0; i < batch.count; ++i) {
            if (!isGood(batch, i)) continue;
            (ChannelId id, uint256 cumulative) = rowAt(batch, i);
            if (kept != i) {
                assembly ("memory-safe") {
                    let entry := add(add(list, 0x20), mul(kept, ENTRY))
                    mstore(entry, id)
                    mstore(add(entry, 0x20), shl(160, cumulative))
                }
            }
            ++kept;
        }
        assembly ("memory-safe") {
            mstore(list, mul(kept, ENTRY))
        }
    }

    /// @dev The channel's id, and the amount in the highest 96 bits. Replaces two abi.encode and their hashes.
    function _name(uint256 f, uint256 row, uint256 rowLength) private pure returns (uint256 id, uint256 cumulative) {
        assembly ("memory-safe") {
            cumulative := calldataload(row)
            mstore(add(f, 0x20), shr(96, cumulative))
            // the payer at the start of the row, or the signer at its end: 148 has the bit 4 and 128 has not
            mstore(add(f, 0x80), shr(96, calldataload(add(row, shl(5, and(rowLength, 4))))))
            mstore(add(f, 0xc0), calldataload(add(row, 0x20)))
            mstore(add(f, 0x180), keccak256(f, 0xe0))
            id := keccak256(add(f, 0x15e), 0x42)
            cumulative := shl(160, cumulative)
        }
    }

    /// @dev Open and not blocked, the payee the terms' one, nobody left yet, claimed < cumulative ≤ deposit.
    function _isDue(uint256 word, uint256 cumulative) private view returns (bool due) {
        assembly ("memory-safe") {
            due := gt(gt(cumulative, shl(64, word)), gt(cumulative, shl(160, word)))
            let flags := and(word, OPEN_BLOCKED_MOVED_OR_CLOSING)
            if xor(flags, OPEN) {
                let inTime := lt(timestamp(), and(shr(192, flags), 0xffffffff))
                due := and(due, and(inTime, eq(and(flags, OPEN_BLOCKED_OR_MOVED), OPEN)))
            }
        }
    }

    /// @dev Whether the row's signer, never zero for an open channel, has signed the voucher. A call so short of gas that the
    /// precompile fails cannot go on to its end. A high s is not refused: a signature is no identity here.
    function _isSigned(uint256 f, uint256 row, uint256 id, uint256 cumulative) private view returns (bool signed) {
        assembly ("memory-safe") {
            mstore(add(f, 0x100), id)
            mstore(add(f, 0x120), shr(160, cumulative))
            mstore(add(f, 0x180), keccak256(add(f, 0xe0), 0x60))
            mstore(add(f, 0x1a0), keccak256(add(f, 0x15e), 0x42))
            let s := calldataload(add(row, 0x60))
            mstore(add(f, 0x1c0), add(27, shr(255, s)))
            mstore(add(f, 0x1e0), calldataload(add(row, 0x40)))
            mstore(add(f, 0x200), shr(1, shl(1, s)))
            mstore(0, 0)
            pop(staticcall(gas(), 1, add(f, 0x1a0), 0x80, 0, 0x20))
            signed := eq(mload(0), mload(add(f, 0x80)))
        }
    }

    /// @dev The word after the payout, and the amount where claimed stands; both zero where the cap does not let it go. Each
    /// step is that of ChannelWord and Float24: what an amount takes from a cap is rounded up to the cap's unit, and claimed +
    /// amount = cumulative ≤ deposit < 2^96, so no field reaches into its neighbour.
    function _after(
        uint256 word,
        uint256 cumulative,
        uint256 cap
    ) private pure returns (uint256 amount, uint256 after_) {
        assembly ("memory-safe") {
            amount := sub(shr(64, cumulative), and(word, CLAIMED))
            switch not(cap)
            case 0 {
                after_ := add(and(word, not(CAP_AND_CAPPED)), amount)
            }
            default {
                let exponent := and(shr(240, word), 0xff)
                let units := shr(exponent, add(shr(96, amount), sub(shl(exponent, 1), 1)))
                after_ := add(sub(word, shl(224, units)), amount)
                if gt(units, and(shr(224, word), 0xffff)) {
                    amount := 0
                }
            }
        }
    }

    function _enter(bytes memory list, uint256 index, uint256 id, uint256 cumulative) private pure {
        assembly ("memory-safe") {
            let entry := add(add(list, 0x20), mul(index, ENTRY))
            mstore(entry, id)
            mstore(add(entry, 0x20), cumulative)
        }
    }

    function _note(uint256 words, uint256 index, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(add(words, shl(5, index)), word)
        }
    }

    function _load(uint256 id) private view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(id)
        }
    }

    function _save(uint256 id, uint256 word) private {
        assembly ("memory-safe") {
            sstore(id, word)
        }
    }

    function _rowLength(BatchHeader calldata header) private pure returns (uint256) {
        return header.withSigners ? ROW_WITH_SIGNER : ROW;
    }

    /// @dev What all rows share is written once. By words: terms' typehash, payer, payee, token, signer, exitDelay, salt |
    /// voucher's typehash, channel, cumulative | 0x1901, domain, struct hash | digest, v, r, s.
    function _form(BatchHeader calldata header, bytes32 domainSeparator) private pure returns (uint256 form) {
        bytes32 termsTypehash = ChannelTermsLib.TYPEHASH;
        bytes32 voucherTypehash = VoucherLib.TYPEHASH;
        (address payee, address token, uint256 exitDelay) = (header.payee, header.token, header.exitDelay);
        assembly ("memory-safe") {
            form := mload(0x40)
            mstore(0x40, add(form, FORM_SIZE))
            mstore(form, termsTypehash)
            mstore(add(form, 0x40), payee)
            mstore(add(form, 0x60), token)
            mstore(add(form, 0xa0), exitDelay)
            mstore(add(form, 0xe0), voucherTypehash)
            mstore(add(form, 0x140), 0x1901)
            mstore(add(form, 0x160), domainSeparator)
        }
    }

    /// @dev Words, then the list. An entry is written as two words, 20 bytes longer than it is, hence the room after the last.
    function _allocate(uint256 count) private pure returns (bytes memory list, uint256 words) {
        assembly ("memory-safe") {
            words := mload(0x40)
            list := add(words, shl(5, count))
            let size := mul(count, ENTRY)
            mstore(list, size)
            mstore(0x40, and(add(add(list, size), 0x5f), not(0x1f)))
            calldatacopy(words, calldatasize(), shl(5, count)) // zeros
        }
    }
}
