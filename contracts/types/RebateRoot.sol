// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a quorum says about commissions and rebates in one token up to a block.
/// @param token Token of all amounts.
/// @param period Number of the period, one above the last one's.
/// @param asOf Last block of the history the amounts were computed from.
/// @param asOfHash Its hash.
/// @param tierTable Hash of the tier table they were computed by.
/// @param total Sum of all leaves, cumulative since the first period, in the token's smallest unit.
/// @param root Merkle root over (account, cumulative amount), leaves hashed twice, pairs sorted.
struct RebateRoot {
    address token;
    uint64 period;
    uint64 asOf;
    bytes32 asOfHash;
    bytes32 tierTable;
    uint256 total;
    bytes32 root;
}

using RebateRootLib for RebateRoot global;

library RebateRootLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "RebateRoot(address token,uint64 period,uint64 asOf,bytes32 asOfHash,bytes32 tierTable,uint256 total,bytes32 root)"
    );

    /// @notice EIP-712 hash without its domain.
    function hash(RebateRoot calldata r) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, r.token, r.period, r.asOf, r.asOfHash, r.tierTable, r.total, r.root));
    }
}
