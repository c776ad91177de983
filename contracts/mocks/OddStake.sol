// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A stake that answers any tier it is told, reverts, or uses up all gas it gets.
contract OddStake {
    enum Manner {
        Answer,
        Revert,
        Burn
    }

    error Odd();

    Manner public manner;
    uint256 public tier;

    /// @notice What the next lookups do.
    function set(Manner manner_, uint256 tier_) external {
        (manner, tier) = (manner_, tier_);
    }

    /// @notice Stands for ISluiceStake.feeTierOf.
    function feeTierOf(address) external view returns (uint256) {
        if (manner == Manner.Revert) revert Odd();
        while (manner == Manner.Burn) {}
        return tier;
    }
}
