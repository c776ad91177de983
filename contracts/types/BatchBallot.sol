// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Why a ballot of a batch was not counted.
enum BallotProblem {
    None,
    BadSignature,
    AlreadyVoted,
    NoVotes,
    BadSupport
}

/// @notice What a voter signs who lets somebody else submit his ballot in a batch. It needs no nonce: an account votes once.
library BatchBallotLib {
    bytes32 internal constant TYPEHASH = keccak256("BatchBallot(uint256 proposalId,uint8 support,address voter)");

    /// @notice EIP-712 hash of a ballot without its domain.
    function hash(uint256 proposalId, uint256 support, address voter) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, proposalId, support, voter));
    }
}
