// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @notice What kind of key a session has.
/// @dev Secp256k1: an address of 20 bytes. P256: x and y, 64 bytes, on chains with the precompile of EIP-7951; it signs the
/// SHA-256 of the digest, as WebCrypto does, and s is the lower one. Erc1271: a contract's address of 20 bytes.
enum KeyKind {
    Secp256k1,
    P256,
    Erc1271
}

/// @notice What a payer lets a key do: sign vouchers of channels that name the session, to some payees, so much a period.
/// @param payer Whose money it is.
/// @param token The one token it may spend.
/// @param keyKind What kind of key signs.
/// @param key The key, in the bytes of its kind.
/// @param capPerPeriod Most that is paid out, or queued, in one period over all channels of the session, in the token's
/// smallest unit.
/// @param period Seconds of a period; the first begins at `start`.
/// @param start Second from which vouchers count.
/// @param expiry Second from which they count no more: a payee submits before it.
/// @param notice Seconds between a revocation and its effect, in which payees submit what they hold.
/// @param salt Makes the session new.
/// @param payees Who may be paid; anybody where the list is empty.
struct Session {
    address payer;
    address token;
    KeyKind keyKind;
    bytes key;
    uint96 capPerPeriod;
    uint32 period;
    uint40 start;
    uint40 expiry;
    uint32 notice;
    uint256 salt;
    address[] payees;
}

/// @notice What a session has paid out in the period `index`, and the second from which a revocation counts, 0 for none.
struct SessionUse {
    uint96 spent;
    uint40 index;
    uint40 revokedAt;
}

library SessionLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "Session(address payer,address token,uint8 keyKind,bytes key,uint96 capPerPeriod,uint32 period,uint40 start,uint40 expiry,uint32 notice,uint256 salt,address[] payees)"
    );

    /// @notice A session's id: its EIP-712 digest. Channels of the session carry it twice, its lower 20 bytes as `signer` and
    /// all of it as `salt`, so that opening them is the payer's consent.
    function id(Session calldata s, bytes32 domainSeparator) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(
                TYPEHASH,
                s.payer,
                s.token,
                s.keyKind,
                keccak256(s.key),
                s.capPerPeriod,
                s.period,
                s.start,
                s.expiry,
                s.notice,
                s.salt,
                keccak256(abi.encodePacked(s.payees))
            )
        );
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}
