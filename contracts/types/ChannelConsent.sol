// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {ChannelId} from "./ChannelTerms.sol";

/// @notice Where a deposit comes from that the payer has signed for.
/// @dev Allowance: his allowance to the contract, which a permit (EIP-2612) may give in the same call. Credit: his credit in
/// the contract, without a transfer.
enum Funding {
    Allowance,
    Credit
}

/// @notice What a payer signs who lets somebody else open his channel.
library OpenLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "Open(bytes32 channel,uint96 deposit,uint8 funding,uint40 deadline)"
    );

    /// @notice EIP-712 digest.
    function digest(
        ChannelId channel,
        uint256 deposit,
        Funding funding,
        uint256 deadline,
        bytes32 domainSeparator
    ) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(TYPEHASH, channel, deposit, funding, deadline));
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}

/// @notice What a payee promises to whoever submits his last voucher while he is away.
/// @param payee Whose vouchers.
/// @param token In this token only.
/// @param feeBps Fee in 1/10,000 of what the voucher brings, at most 100.
/// @param largest The fee is never above this, in the token's smallest unit.
/// @param deadline The promise counts before this second.
struct Bounty {
    address payee;
    address token;
    uint16 feeBps;
    uint96 largest;
    uint40 deadline;
}

library BountyLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "Bounty(address payee,address token,uint16 feeBps,uint96 largest,uint40 deadline)"
    );

    /// @notice EIP-712 digest.
    function digest(Bounty calldata b, bytes32 domainSeparator) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(TYPEHASH, b.payee, b.token, b.feeBps, b.largest, b.deadline));
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}
