// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A channel's identity: the EIP-712 digest of its terms under the channels' domain, so it names chain and contract too.
type ChannelId is bytes32;

/// @notice What a channel is opened with; carried in calldata, never stored.
/// @param payer Whose deposit it is; what is not paid out goes back to him.
/// @param payee Who is paid.
/// @param token ERC-20 of the deposit.
/// @param signer Who signs vouchers, usually the payer; his key, his contract, or a session key.
/// @param exitDelay Seconds the payee has to submit his last voucher after the payer asked to leave, 1 hour to 30 days.
/// @param salt Any number that makes the terms new; small ones cost less to carry.
struct ChannelTerms {
    address payer;
    address payee;
    address token;
    address signer;
    uint32 exitDelay;
    uint256 salt;
}

using ChannelTermsLib for ChannelTerms global;

library ChannelTermsLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "ChannelTerms(address payer,address payee,address token,address signer,uint32 exitDelay,uint256 salt)"
    );

    /// @notice The channel id: EIP-712 digest of the terms under a domain.
    /// @dev Replaces keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(TYPEHASH, payer, …, salt)))): the six
    /// words of calldata are the ones the struct hash wants. Bits above a field's width change the id to one that no channel
    /// has, because `open` reads each field and refuses such bits. Writes only free memory and leaves the pointer.
    function id(ChannelTerms calldata t, bytes32 domainSeparator) internal pure returns (ChannelId digest) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, typehash)
            calldatacopy(add(m, 0x20), t, 0xc0)
            let structHash := keccak256(m, 0xe0)
            mstore(m, shl(240, 0x1901))
            mstore(add(m, 2), domainSeparator)
            mstore(add(m, 34), structHash)
            digest := keccak256(m, 66)
        }
    }
}
