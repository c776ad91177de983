// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Names and version of the EIP-712 domains. Payers sign terms under the escrow's, attesters facts under the epoch's,
/// signers of channels vouchers under the channels'.
library SluiceDomains {
    string internal constant ESCROW_NAME = "Sluice Escrow";
    string internal constant EPOCH_NAME = "Sluice Epoch";
    string internal constant CHANNELS_NAME = "Sluice Channels";
    string internal constant STAKE_NAME = "Sluice Stake";
    string internal constant GOVERNOR_NAME = "Sluice Governor";
    string internal constant ATTESTERS_NAME = "Sluice Attesters";
    string internal constant LISTS_NAME = "Sluice Lists";
    string internal constant REBATES_NAME = "Sluice Rebates";
    string internal constant ATTESTER_REWARDS_NAME = "Sluice Attester Rewards";
    string internal constant VERSION = "1";

    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    /// @notice EIP-712 domain separator of `verifyingContract` on the current chain.
    function separator(string memory name, address verifyingContract) internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    DOMAIN_TYPEHASH,
                    keccak256(bytes(name)),
                    keccak256(bytes(VERSION)),
                    block.chainid,
                    verifyingContract
                )
            );
    }
}
