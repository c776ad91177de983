// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice How many requests an attester answered: decisions on chain that carry his signature.
/// @param account Who is paid: the account of the signing key, or the key itself where no account has registered it.
/// @param count Decisions between the period's blocks.
struct Answered {
    address account;
    uint64 count;
}

/// @notice What a quorum says about who answered in a period.
/// @param period Number of the period, one above the last one's.
/// @param fromBlock First block whose decisions count: the one after the last period's.
/// @param toBlock Last block whose decisions count.
/// @param toBlockHash Its hash.
/// @param answers Hash of the list of (account, count), accounts ascending.
struct AttesterPeriod {
    uint64 period;
    uint64 fromBlock;
    uint64 toBlock;
    bytes32 toBlockHash;
    bytes32 answers;
}

using AttesterPeriodLib for AttesterPeriod global;

library AttesterPeriodLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "AttesterPeriod(uint64 period,uint64 fromBlock,uint64 toBlock,bytes32 toBlockHash,bytes32 answers)"
    );

    /// @notice EIP-712 hash without its domain.
    function hash(AttesterPeriod calldata p) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, p.period, p.fromBlock, p.toBlock, p.toBlockHash, p.answers));
    }
}
