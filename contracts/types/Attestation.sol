// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Packed attestation: asOf 8 bytes | asOfHash 32 | facts 32 | k signatures of 64 bytes (EIP-2098: r, yParity and s),
/// sorted by signer address. Attesters sign the EIP-712 struct below under the epoch's domain, so the epoch, its chain and
/// its contract are part of what is signed.
library AttestationLib {
    bytes32 internal constant TYPEHASH = keccak256(
        "Attestation(bytes32 subject,uint64 asOf,bytes32 asOfHash,bytes32 facts)"
    );

    /// @dev What a quorum signs for many payments at once: the list of their attestations, as EIP-712 has lists of structs.
    bytes32 private constant BATCH_TYPEHASH = keccak256(
        "AttestationBatch(Attestation[] attestations)Attestation(bytes32 subject,uint64 asOf,bytes32 asOfHash,bytes32 facts)"
    );

    uint256 internal constant HEAD = 72;
    uint256 internal constant SIGNATURE = 64;

    /// @notice The attestation is shorter than its heads or its signatures are not whole.
    error AttestationLength(uint256 length);

    /// @notice The head of one payment in a batch attestation, which is the heads of all payments in order and then the
    /// signatures; the last head with the signatures has the form of a single attestation.
    /// @dev The caller has checked the length.
    function head(bytes calldata batch, uint256 index) internal pure returns (bytes calldata) {
        return batch[HEAD * index:];
    }

    /// @notice The list's EIP-712 hash from its leaves: each leaf is the struct hash of one payment's attestation, the same
    /// that a single attestation's digest is made of. So a proof about one payment of a batch shows the leaves in order and the
    /// fields of one of them.
    function batchStructHash(bytes32[] memory leaves) internal pure returns (bytes32) {
        return keccak256(abi.encode(BATCH_TYPEHASH, keccak256(abi.encodePacked(leaves))));
    }

    /// @notice EIP-712 digest of a struct hash under a domain.
    function digestOfStruct(bytes32 structHash, bytes32 domainSeparator) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparator, structHash));
    }

    /// @notice Number of signatures, after the length was checked.
    function countSignatures(bytes calldata attestation) internal pure returns (uint256) {
        uint256 length = attestation.length;
        unchecked {
            // a length below the head wraps to a huge remainder, which the first test catches
            uint256 rest = length - HEAD;
            if (length < HEAD || rest & (SIGNATURE - 1) != 0) revert AttestationLength(length);
            return rest >> 6;
        }
    }

    // The three readers take fixed offsets without a bounds check of their own: `countSignatures` has checked the head, and
    // calldata beyond its end reads as zero.

    function asOf(bytes calldata attestation) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(192, calldataload(attestation.offset))
        }
    }

    function asOfHash(bytes calldata attestation) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := calldataload(add(attestation.offset, 8))
        }
    }

    function facts(bytes calldata attestation) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := calldataload(add(attestation.offset, 40))
        }
    }

    /// @notice The EIP-712 digest that attesters sign: subject, asOf, asOfHash and facts under the epoch's domain.
    /// @dev Replaces two abi.encode; asOfHash and facts are copied straight from calldata. Writes only free memory.
    function digest(
        bytes calldata attestation,
        bytes32 subject,
        bytes32 domainSeparator
    ) internal pure returns (bytes32 value) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, typehash)
            mstore(add(m, 0x20), subject)
            mstore(add(m, 0x40), shr(192, calldataload(attestation.offset)))
            calldatacopy(add(m, 0x60), add(attestation.offset, 8), 64)
            let structHash := keccak256(m, 0xa0)
            mstore(m, shl(240, 0x1901))
            mstore(add(m, 2), domainSeparator)
            mstore(add(m, 34), structHash)
            value := keccak256(m, 66)
        }
    }

    /// @notice Struct hash of one attestation: a leaf of a batch.
    function leaf(bytes32 subject, uint256 asOf_, bytes32 asOfHash_, bytes32 facts_) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, subject, asOf_, asOfHash_, facts_));
    }

    /// @notice Walks the signatures and the signer set, both ascending, once.
    /// @dev Replaces an ecrecover and a search for each signature, some 700 gas each. The precompile reads digest, v, r and s
    /// from free memory; where it returns nothing the signer stays zero, which is in no set. A high s is not refused: a
    /// signature is no identity here, and each signer counts once because the walk never goes back.
    /// @param count Number of signatures, from `countSignatures`.
    /// @param set Signers, strictly ascending.
    /// @return seen Bit i: signer i has signed.
    /// @return last The last recovered address; when `found` is false the one that is not in the rest of the set.
    /// @return previous The one recovered before it.
    /// @return found Whether every signature was a signer's, in order.
    function walk(
        bytes calldata attestation,
        uint256 count,
        bytes32 digest_,
        address[] memory set
    ) internal view returns (uint256 seen, address last, address previous, bool found) {
        assembly ("memory-safe") {
            let m := mload(0x40)
            let first := add(set, 0x20)
            let cursor := first
            let end := add(first, shl(5, mload(set)))
            let signature := add(attestation.offset, HEAD)
            mstore(m, digest_)
            found := 1
            for {} count {
                count := sub(count, 1)
            } {
                let yParityAndS := calldataload(add(signature, 0x20))
                mstore(add(m, 0x20), add(27, shr(255, yParityAndS)))
                mstore(add(m, 0x40), calldataload(signature))
                mstore(add(m, 0x60), shr(1, shl(1, yParityAndS)))
                mstore(0, 0)
                pop(staticcall(gas(), 1, m, 0x80, 0, 0x20))
                previous := last
                last := mload(0)
                for {} lt(cursor, end) {
                    cursor := add(cursor, 0x20)
                } {
                    if eq(mload(cursor), last) {
                        break
                    }
                }
                if iszero(lt(cursor, end)) {
                    found := 0
                    break
                }
                seen := or(seen, shl(shr(5, sub(cursor, first)), 1))
                cursor := add(cursor, 0x20)
                signature := add(signature, SIGNATURE)
            }
        }
    }
}
