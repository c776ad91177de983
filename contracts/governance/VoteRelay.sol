// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISluiceGovernor} from "../interfaces/ISluiceGovernor.sol";
import {IVoteRelay} from "../interfaces/IVoteRelay.sol";

contract VoteRelay is IVoteRelay {
    /// @dev What a transaction costs beside what is measured: the base cost, and the payment at the end.
    uint256 private constant OVERHEAD = 55_000;
    /// @dev Gas of a byte that is not zero.
    uint256 private constant BYTE_GAS = 16;
    uint256 private constant LARGEST_TIP = 2 gwei;

    ISluiceGovernor private immutable GOVERNOR;
    address private immutable TIMELOCK;

    /// @inheritdoc IVoteRelay
    uint256 public perBallot;
    /// @inheritdoc IVoteRelay
    uint256 public perProposal;
    /// @inheritdoc IVoteRelay
    mapping(uint256 proposalId => uint256 amount) public spentOn;

    constructor(address governor_, address timelock_) {
        GOVERNOR = ISluiceGovernor(governor_);
        TIMELOCK = timelock_;
    }

    receive() external payable {}

    /// @inheritdoc IVoteRelay
    function setLimits(uint256 perBallot_, uint256 perProposal_) external {
        _checkTimelock();
        (perBallot, perProposal) = (perBallot_, perProposal_);
        emit LimitsSet(perBallot_, perProposal_);
    }

    /// @inheritdoc IVoteRelay
    function withdraw(uint256 amount) external {
        _checkTimelock();
        emit Withdrawn(amount);
        _pay(TIMELOCK, amount);
    }

    /// @inheritdoc IVoteRelay
    function castVotes(uint256 proposalId, bytes calldata ballots) external returns (uint256 counted, uint256 refund) {
        uint256 gasBefore = gasleft();
        (counted, ) = GOVERNOR.castVotesBySig(proposalId, ballots);
        uint256 gas = gasBefore - gasleft() + OVERHEAD + BYTE_GAS * ballots.length;
        uint256 price = _min(tx.gasprice, block.basefee + LARGEST_TIP);
        uint256 spent = spentOn[proposalId];
        uint256 left = spent < perProposal ? perProposal - spent : 0;
        refund = _min(_min(gas * price, counted * perBallot), _min(left, address(this).balance));
        if (refund == 0) return (counted, 0);

        spentOn[proposalId] = spent + refund;
        emit Reimbursed(proposalId, msg.sender, counted, refund);

        _pay(msg.sender, refund);
    }

    function _checkTimelock() private view {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender, TIMELOCK);
    }

    /// @dev Whoever refuses the coins has voted all the same in another transaction: here the whole call reverts.
    function _pay(address to, uint256 amount) private {
        (bool success, ) = to.call{value: amount}("");
        if (!success) revert PaymentFailed(to, amount);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
