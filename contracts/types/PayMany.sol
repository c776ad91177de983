// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @notice What one signature of an account pays to many.
/// @param account Whose credit is spent.
/// @param token Token of all rows.
/// @param sequence Above that of every list of the account and token that was paid before; signing a higher one cancels.
/// @param deadline The signature counts before this second.
struct PayManyHeader {
    address account;
    address token;
    uint64 sequence;
    uint40 deadline;
}

/// @notice What an account may still pay to many, in the spender's own slot.
/// @param sequence The last list that was paid.
/// @param riskCap What may go out without an attestation; says nothing before `capped`.
/// @param capped Whether the cap has been loaded.
/// @param refillAt Second from which the cap is loaded anew, 0 where nobody asked.
struct AccountUse {
    uint64 sequence;
    uint24 riskCap;
    bool capped;
    uint40 refillAt;
}

library PayManyLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "PayMany(address account,address token,uint64 sequence,uint40 deadline,bytes32 rows)"
    );

    /// @notice EIP-712 digest of a list, and the subject of an attestation about it; `rows` is the hash of its rows.
    function digest(
        PayManyHeader calldata header,
        bytes32 rows,
        bytes32 domainSeparator
    ) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(TYPEHASH, header.account, header.token, header.sequence, header.deadline, rows)
        );
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}
