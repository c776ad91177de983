// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
import {MicroUnits} from "../libraries/MicroUnits.sol";
import {EpochConfig, QuorumTier, TokenEntry} from "../types/EpochConfig.sol";

/// @dev The constant tables of an epoch: signers, quorum tiers and tokens. Solidity has no immutable arrays, so each row is
/// an immutable of its own and the tables are written out once here: 16 rows cost a few hundred gas where storage would
/// cost 2,100 a row. A token row is token 160 | shift 8 | class 8, a tier row upTo 64 | quorum 8, most significant first.
abstract contract EpochTables is IRiskEpoch {
    uint256 private constant MAX_SIGNERS = 16;
    uint256 private constant MAX_TOKENS = 16;
    uint256 private constant MAX_TIERS = 3;

    uint256 private immutable SIGNER_COUNT;
    uint256 private immutable TIER_COUNT;
    uint256 private immutable TOKEN_COUNT;

    address private immutable SIGNER_0;
    address private immutable SIGNER_1;
    address private immutable SIGNER_2;
    address private immutable SIGNER_3;
    address private immutable SIGNER_4;
    address private immutable SIGNER_5;
    address private immutable SIGNER_6;
    address private immutable SIGNER_7;
    address private immutable SIGNER_8;
    address private immutable SIGNER_9;
    address private immutable SIGNER_10;
    address private immutable SIGNER_11;
    address private immutable SIGNER_12;
    address private immutable SIGNER_13;
    address private immutable SIGNER_14;
    address private immutable SIGNER_15;

    uint256 private immutable TIER_0;
    uint256 private immutable TIER_1;
    uint256 private immutable TIER_2;

    uint256 private immutable TOKEN_0;
    uint256 private immutable TOKEN_1;
    uint256 private immutable TOKEN_2;
    uint256 private immutable TOKEN_3;
    uint256 private immutable TOKEN_4;
    uint256 private immutable TOKEN_5;
    uint256 private immutable TOKEN_6;
    uint256 private immutable TOKEN_7;
    uint256 private immutable TOKEN_8;
    uint256 private immutable TOKEN_9;
    uint256 private immutable TOKEN_10;
    uint256 private immutable TOKEN_11;
    uint256 private immutable TOKEN_12;
    uint256 private immutable TOKEN_13;
    uint256 private immutable TOKEN_14;
    uint256 private immutable TOKEN_15;

    constructor(EpochConfig memory config) {
        _checkSigners(config.signers);
        _checkTiers(config.tiers, config.signers.length);
        _checkTokens(config.tokens);
        SIGNER_COUNT = config.signers.length;
        TIER_COUNT = config.tiers.length;
        TOKEN_COUNT = config.tokens.length;
        SIGNER_0 = _signerAt(config.signers, 0);
        SIGNER_1 = _signerAt(config.signers, 1);
        SIGNER_2 = _signerAt(config.signers, 2);
        SIGNER_3 = _signerAt(config.signers, 3);
        SIGNER_4 = _signerAt(config.signers, 4);
        SIGNER_5 = _signerAt(config.signers, 5);
        SIGNER_6 = _signerAt(config.signers, 6);
        SIGNER_7 = _signerAt(config.signers, 7);
        SIGNER_8 = _signerAt(config.signers, 8);
        SIGNER_9 = _signerAt(config.signers, 9);
        SIGNER_10 = _signerAt(config.signers, 10);
        SIGNER_11 = _signerAt(config.signers, 11);
        SIGNER_12 = _signerAt(config.signers, 12);
        SIGNER_13 = _signerAt(config.signers, 13);
        SIGNER_14 = _signerAt(config.signers, 14);
        SIGNER_15 = _signerAt(config.signers, 15);
        TIER_0 = _tierAt(config.tiers, 0);
        TIER_1 = _tierAt(config.tiers, 1);
        TIER_2 = _tierAt(config.tiers, 2);
        TOKEN_0 = _tokenAt(config.tokens, 0);
        TOKEN_1 = _tokenAt(config.tokens, 1);
        TOKEN_2 = _tokenAt(config.tokens, 2);
        TOKEN_3 = _tokenAt(config.tokens, 3);
        TOKEN_4 = _tokenAt(config.tokens, 4);
        TOKEN_5 = _tokenAt(config.tokens, 5);
        TOKEN_6 = _tokenAt(config.tokens, 6);
        TOKEN_7 = _tokenAt(config.tokens, 7);
        TOKEN_8 = _tokenAt(config.tokens, 8);
        TOKEN_9 = _tokenAt(config.tokens, 9);
        TOKEN_10 = _tokenAt(config.tokens, 10);
        TOKEN_11 = _tokenAt(config.tokens, 11);
        TOKEN_12 = _tokenAt(config.tokens, 12);
        TOKEN_13 = _tokenAt(config.tokens, 13);
        TOKEN_14 = _tokenAt(config.tokens, 14);
        TOKEN_15 = _tokenAt(config.tokens, 15);
    }

    /// @dev Micro-units and class of an amount. `unlisted` is true, and the rest zero, for a token outside the table.
    function _value(address token, uint256 amount) internal view returns (uint256 micro, uint256 class, bool unlisted) {
        uint256 row = TOKEN_0;
        if (address(uint160(row >> 16)) != token || TOKEN_COUNT == 0) row = _tokenRow(token);
        if (row == type(uint256).max) return (0, 0, true);
        return (MicroUnits.fromAmount(amount, uint8(row >> 8)), uint8(row), false);
    }

    function _shift(address token) internal view returns (uint256 shift, bool listed) {
        uint256 row = _tokenRow(token);
        listed = row != type(uint256).max;
        if (listed) shift = uint8(row >> 8);
    }

    /// @dev Quorum of the amount's tier; above the last tier, and for an unlisted token, the last tier's.
    function _quorum(uint256 micro, bool unlisted) internal view returns (uint256 quorum, bool above) {
        if (!unlisted && micro <= TIER_0 >> 8) return (uint8(TIER_0), false);
        if (!unlisted && TIER_COUNT > 1 && micro <= TIER_1 >> 8) return (uint8(TIER_1), false);
        if (!unlisted && TIER_COUNT > 2 && micro <= TIER_2 >> 8) return (uint8(TIER_2), false);
        return (
            uint8(
                TIER_COUNT == 1
                    ? TIER_0
                    : TIER_COUNT == 2
                        ? TIER_1
                        : TIER_2
            ),
            true
        );
    }

    function _tiers() internal view returns (QuorumTier[] memory list) {
        list = new QuorumTier[](TIER_COUNT);
        uint256[3] memory rows = [TIER_0, TIER_1, TIER_2];
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = QuorumTier(uint64(rows[i] >> 8), uint8(rows[i]));
        }
    }

    function _tokens() internal view returns (TokenEntry[] memory list) {
        list = new TokenEntry[](TOKEN_COUNT);
        for (uint256 i = 0; i < list.length; ++i) {
            uint256 row = _token(i);
            list[i] = TokenEntry(address(uint160(row >> 16)), uint8(row >> 8), uint8(row));
        }
    }

    /// @dev Row of a token, or all ones.
    function _tokenRow(address token) private view returns (uint256) {
        uint256 count = TOKEN_COUNT;
        for (uint256 i = 0; i < count; ++i) {
            uint256 row = _token(i);
            if (address(uint160(row >> 16)) == token) return row;
        }
        return type(uint256).max;
    }

    /// @dev Sixteen places are written out and the first `count` belong to the list; four at a time, since a branch for each
    /// would cost more than the words it saves.
    function _signers() internal view returns (address[] memory list) {
        uint256 count = SIGNER_COUNT;
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(list, count)
            mstore(0x40, add(list, 0x220))
        }
        _put(list, 0, SIGNER_0, SIGNER_1, SIGNER_2, SIGNER_3);
        if (count > 4) _put(list, 4, SIGNER_4, SIGNER_5, SIGNER_6, SIGNER_7);
        if (count <= 8) return list;
        _put(list, 8, SIGNER_8, SIGNER_9, SIGNER_10, SIGNER_11);
        _put(list, 12, SIGNER_12, SIGNER_13, SIGNER_14, SIGNER_15);
    }

    /// @dev Writes places `place` to `place + 3` of a list with room for sixteen, whatever its length says.
    function _put(address[] memory list, uint256 place, address a, address b, address c, address d) private pure {
        assembly ("memory-safe") {
            let slot := add(add(list, 0x20), shl(5, place))
            mstore(slot, a)
            mstore(add(slot, 0x20), b)
            mstore(add(slot, 0x40), c)
            mstore(add(slot, 0x60), d)
        }
    }

    function _token(uint256 index) private view returns (uint256) {
        if (index == 0) return TOKEN_0;
        if (index == 1) return TOKEN_1;
        if (index == 2) return TOKEN_2;
        if (index == 3) return TOKEN_3;
        if (index == 4) return TOKEN_4;
        if (index == 5) return TOKEN_5;
        if (index == 6) return TOKEN_6;
        if (index == 7) return TOKEN_7;
        if (index == 8) return TOKEN_8;
        if (index == 9) return TOKEN_9;
        if (index == 10) return TOKEN_10;
        if (index == 11) return TOKEN_11;
        if (index == 12) return TOKEN_12;
        if (index == 13) return TOKEN_13;
        if (index == 14) return TOKEN_14;
        return TOKEN_15;
    }

    function _checkSigners(address[] memory list) private pure {
        if (list.length == 0 || list.length > MAX_SIGNERS) revert SignerCount(list.length);
        address previous = address(0);
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] <= previous) revert SignersNotSorted(previous, list[i]);
            previous = list[i];
        }
    }

    /// @dev 2m > n: two quorums always share a signer, so two answers for one payment convict somebody.
    function _checkTiers(QuorumTier[] memory list, uint256 count) private pure {
        if (list.length == 0 || list.length > MAX_TIERS) revert TiersOutOfOrder(list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            uint256 quorum = list[i].quorum;
            if (2 * quorum <= count || quorum > count) revert QuorumOutOfRange(quorum, count);
            if (list[i].upTo >= MicroUnits.MAX) revert TierTooHigh(list[i].upTo, MicroUnits.MAX - 1);
            if (i > 0 && (list[i].upTo <= list[i - 1].upTo || quorum < list[i - 1].quorum)) revert TiersOutOfOrder(i);
        }
    }

    function _checkTokens(TokenEntry[] memory list) private pure {
        if (list.length > MAX_TOKENS) revert TokenTable(list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].shift > 36 || list[i].class > 127) revert TokenTable(i);
            for (uint256 j = 0; j < i; ++j) {
                if (list[j].token == list[i].token) revert TokenTable(i);
            }
        }
    }

    function _signerAt(address[] memory list, uint256 index) private pure returns (address) {
        return index < list.length ? list[index] : address(0);
    }

    function _tierAt(QuorumTier[] memory list, uint256 index) private pure returns (uint256) {
        return index < list.length ? (uint256(list[index].upTo) << 8) | list[index].quorum : 0;
    }

    function _tokenAt(TokenEntry[] memory list, uint256 index) private pure returns (uint256) {
        if (index >= list.length) return 0;
        TokenEntry memory entry = list[index];
        return (uint256(uint160(entry.token)) << 16) | (uint256(entry.shift) << 8) | entry.class;
    }
}
