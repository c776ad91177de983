// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchHeader, IPaymentChannels, RowProblem} from "../interfaces/IPaymentChannels.sol";
import {ChannelId, ChannelTermsLib} from "../types/ChannelTerms.sol";
import {Float24} from "../types/Float24.sol";
import {VoucherLib} from "../types/Voucher.sol";

/// @notice Rows of a batch between two walks.
/// @param list (channel 32 bytes | cumulative 12 bytes) of every row, later of the rows something was done to: what a subject
/// hashes and events carry.
/// @param words Place in memory of one word a row: the channel's where the row is good, else its problem. A good word has its
/// open flag set and is larger than any problem.
/// @param count Number of rows.
/// @param good Number of good ones.
/// @param capped Whether each good row's channel has its risk cap loaded.
struct Batch {
    bytes list;
    uint256 words;
    uint256 count;
    uint256 good;
    bool capped;
}

/// @notice The two walks over a batch that cost gas by the row. The assembly replaces Solidity of the same shape at half its
/// overhead, some 1,300 gas a row; `redeem` does the same plainly, and tests hold each against the other and against ethers.
/// @dev Memory is allocated before it is written: form 0x220 bytes, words 32 a row, list 44 a row. A channel's word lies in the
/// slot its id names, see ChannelStore; the bits are those of ChannelWord. Amounts are compared where they stand, in the
/// highest 96 bits: shl(160, word) is the deposit, shl(64, word) what was claimed with lower bits that change no `gt`.
library VoucherRows {
    uint256 private constant OPEN = 1 << 248;
    uint256 private constant OPEN_OR_BLOCKED = 5 << 248;
    uint256 private constant OPEN_BLOCKED_OR_CLOSING = (5 << 248) | (0xffffffff << 192);
    uint256 private constant CAPPED = 1 << 252;
    uint256 private constant CAP_AND_CAPPED = 0x10ffffff << 224;
    uint256 private constant NEEDS_ATTESTATION = 8;
    uint256 private constant LAST_PROBLEM = uint256(type(RowProblem).max);
    uint256 private constant ROW = 128;
    uint256 private constant ROW_WITH_SIGNER = 148;
    uint256 private constant ENTRY = 44;
    uint256 private constant FORM_SIZE = 0x220;

    /// @notice First walk: reads and checks, and changes nothing. Good rows ascend by channel, so no channel is good twice and
    /// the words stay true until the second walk. A row that is not good has the word zero, to be explained.
    function read(BatchHeader calldata header, bytes calldata rows, bytes32 domainSeparator)
        internal
        view
        returns (Batch memory batch)
    {
        uint256 rowLength = header.withSigners ? ROW_WITH_SIGNER : ROW;
        uint256 count = rows.length / rowLength;
        if (rows.length % rowLength != 0 || count > type(uint16).max) {
            revert IPaymentChannels.RowsLength(rows.length, rowLength);
        }
        uint256 form = _form(header, domainSeparator);
        (bytes memory list, uint256 words) = _allocate(count);
        (uint256 bad, uint256 common) = _check(form, rows, rowLength, list, words);
        batch = Batch(list, words, count, count - bad, common != 0);
    }

    /// @notice What the good rows name beyond what was paid.
    function amountOf(Batch memory batch) internal pure returns (uint256 amount) {
        (bytes memory list, uint256 words, uint256 count) = (batch.list, batch.words, batch.count);
        assembly ("memory-safe") {
            let entry := add(list, 0x40)
            for { let end := add(words, shl(5, count)) } lt(words, end) { words := add(words, 0x20) } {
                let word := mload(words)
                if iszero(lt(word, OPEN)) {
                    amount := add(amount, sub(shr(160, mload(entry)), shr(160, shl(64, word))))
                }
                entry := add(entry, ENTRY)
            }
        }
    }

    /// @notice Second walk where good rows are paid: writes the channels' words.
    /// @dev Each step is that of ChannelWord and Float24: what an amount takes from a cap is rounded up to the cap's unit, and
    /// claimed + amount = cumulative ≤ deposit < 2^96, so no field of a word reaches into its neighbour. An entry that keeps its
    /// place is not written: its second word would damage the next entry.
    /// @param attested True resets the risk caps; false lets only pass what they leave, and marks the rest NeedsAttestation.
    /// @param loaded Cap of channels that have none loaded.
    /// @return paid Sum of what the rows get.
    /// @return kept Rows paid, now the first of the list.
    function pay(Batch memory batch, bool attested, Float24 loaded) internal returns (uint256 paid, uint256 kept) {
        (bytes memory list, uint256 words, uint256 count) = (batch.list, batch.words, batch.count);
        assembly ("memory-safe") {
            let free := add(list, 0x20)
            let entry := free
            let fresh := or(CAPPED, shl(224, loaded))
            for { let end := add(words, shl(5, count)) } lt(words, end) {
                words := add(words, 0x20)
                entry := add(entry, ENTRY)
            } {
                let word := mload(words)
                if lt(word, OPEN) { continue }
                let cumulative := mload(add(entry, 0x20))
                let amount := sub(shr(160, cumulative), shr(160, shl(64, word)))
                switch attested
                case 0 {
                    if iszero(and(word, CAPPED)) { word := or(word, fresh) }
                    let exponent := and(shr(240, word), 0xff)
                    let units := shr(exponent, add(amount, sub(shl(exponent, 1), 1)))
                    if gt(units, and(shr(224, word), 0xffff)) {
                        mstore(words, NEEDS_ATTESTATION)
                        continue
                    }
                    word := sub(word, shl(224, units))
                }
                default { word := and(word, not(CAP_AND_CAPPED)) }
                sstore(mload(entry), add(word, shl(96, amount)))
                paid := add(paid, amount)
                if lt(free, entry) {
                    mstore(free, mload(entry))
                    mstore(add(free, 0x20), cumulative)
                }
                free := add(free, ENTRY)
            }
            let size := sub(free, add(list, 0x20))
            mstore(list, size)
            kept := div(size, ENTRY)
        }
    }

    /// @notice Channel and amount of an entry of the list.
    function entryAt(Batch memory batch, uint256 index) internal pure returns (ChannelId id, uint256 cumulative) {
        bytes memory list = batch.list;
        assembly ("memory-safe") {
            let entry := add(add(list, 0x20), mul(index, ENTRY))
            id := mload(entry)
            cumulative := shr(160, mload(add(entry, 0x20)))
        }
    }

    /// @notice Moves an entry down to a place not after its own; one that stays is not written, as in `pay`.
    function keep(Batch memory batch, uint256 kept, uint256 index) internal pure {
        if (kept == index) return;
        (ChannelId id, uint256 cumulative) = entryAt(batch, index);
        bytes memory list = batch.list;
        assembly ("memory-safe") {
            let entry := add(add(list, 0x20), mul(kept, ENTRY))
            mstore(entry, id)
            mstore(add(entry, 0x20), shl(160, cumulative))
        }
    }

    /// @notice Ends the list after so many entries.
    function truncate(Batch memory batch, uint256 kept) internal pure {
        bytes memory list = batch.list;
        assembly ("memory-safe") {
            mstore(list, mul(kept, ENTRY))
        }
    }

    /// @notice Word or problem of a row.
    function wordAt(Batch memory batch, uint256 index) internal pure returns (uint256 word) {
        uint256 words = batch.words;
        assembly ("memory-safe") {
            word := mload(add(words, shl(5, index)))
        }
    }

    function isGood(Batch memory batch, uint256 index) internal pure returns (bool) {
        return wordAt(batch, index) > LAST_PROBLEM;
    }

    function setProblem(Batch memory batch, uint256 index, RowProblem problem) internal pure {
        uint256 words = batch.words;
        assembly ("memory-safe") {
            mstore(add(words, shl(5, index)), problem)
        }
    }

    /// @dev Memory in which the hashes of a row are made; what all rows share is written once. By words: terms' typehash, payer,
    /// payee, token, signer, exitDelay, salt | voucher's typehash, channel, cumulative | 0x1901, domain, struct hash | digest,
    /// v, r, s.
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

    /// @dev A row is good where its channel is open and not blocked, nobody left it yet, claimed < cumulative ≤ deposit, its id
    /// is above that of the good row before, and its signer, never zero for an open channel, has signed. A call so short of
    /// gas that the precompile fails cannot go on to its end. A high s is not refused: a signature is no identity here.
    /// @return bad Number of rows that are not good.
    /// @return common The capped flag, where all good words have it.
    function _check(uint256 f, bytes calldata rows, uint256 rowLength, bytes memory list, uint256 words)
        private
        view
        returns (uint256 bad, uint256 common)
    {
        assembly ("memory-safe") {
            common := CAPPED
            let last := 0
            let entry := add(list, 0x20)
            let row := rows.offset
            let signerAt := shl(7, gt(rowLength, ROW)) // the payer at the start of the row, or the signer at its end
            for { let end := add(row, rows.length) } lt(row, end) {
                row := add(row, rowLength)
                words := add(words, 0x20)
                entry := add(entry, ENTRY)
            } {
                let cumulative := calldataload(row)
                mstore(add(f, 0x20), shr(96, cumulative))
                let signer := shr(96, calldataload(add(row, signerAt)))
                mstore(add(f, 0x80), signer)
                mstore(add(f, 0xc0), calldataload(add(row, 0x20)))
                mstore(add(f, 0x180), keccak256(f, 0xe0))
                let id := keccak256(add(f, 0x15e), 0x42)
                cumulative := shl(160, cumulative)
                mstore(entry, id)
                mstore(add(entry, 0x20), cumulative)

                let word := sload(id)
                let flags := and(word, OPEN_BLOCKED_OR_CLOSING)
                if xor(flags, OPEN) {
                    let closeAt := and(shr(192, flags), 0xffffffff)
                    if or(iszero(lt(timestamp(), closeAt)), xor(and(flags, OPEN_OR_BLOCKED), OPEN)) {
                        bad := add(bad, 1)
                        continue
                    }
                }
                if iszero(
                    and(gt(id, last), gt(gt(cumulative, shl(64, word)), gt(cumulative, shl(160, word))))
                ) {
                    bad := add(bad, 1)
                    continue
                }

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
                if xor(mload(0), signer) {
                    bad := add(bad, 1)
                    continue
                }

                mstore(words, word)
                last := id
                common := and(common, word)
            }
        }
    }
}
