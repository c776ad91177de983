// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IAttesterRewards} from "../interfaces/IAttesterRewards.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {BlockHashes} from "../libraries/BlockHashes.sol";
import {Payouts} from "../libraries/Payouts.sol";
import {QuorumSignatures} from "../libraries/QuorumSignatures.sol";
import {Answered, AttesterPeriod} from "../types/AttesterPeriod.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";

contract AttesterRewards is IAttesterRewards, ReentrancyGuardTransient {
    /// @dev An epoch has at most sixteen signers; a period may see several epochs.
    uint256 private constant MOST_ACCOUNTS = 64;

    IRiskGate private immutable GATE;
    address private immutable TREASURY;

    /// @inheritdoc IAttesterRewards
    uint64 public period;
    /// @inheritdoc IAttesterRewards
    uint64 public periodEnd;
    /// @inheritdoc IAttesterRewards
    bytes32 public answersHash;
    /// @inheritdoc IAttesterRewards
    mapping(address token => uint64 period) public distributedIn;
    /// @inheritdoc IAttesterRewards
    mapping(address token => uint256 amount) public owedInAll;
    /// @inheritdoc IAttesterRewards
    mapping(address token => mapping(address account => uint256 amount)) public owed;

    constructor(address gate_, address treasury_) {
        GATE = IRiskGate(gate_);
        TREASURY = treasury_;
    }

    receive() external payable {}

    /// @inheritdoc IAttesterRewards
    function post(AttesterPeriod calldata p, Answered[] calldata answered, bytes calldata signatures) external {
        uint256 next = uint256(period) + 1;
        if (p.period != next) revert WrongPeriod(next, p.period);
        uint256 first = period == 0 ? p.fromBlock : uint256(periodEnd) + 1;
        if (p.fromBlock != first || p.toBlock < p.fromBlock || p.toBlock >= block.number) {
            revert PeriodBlocksInvalid(p.fromBlock, p.toBlock, first);
        }
        bytes32 known = BlockHashes.find(p.toBlock);
        if (known != 0 && known != p.toBlockHash) revert BlockHashMismatch(p.toBlock, p.toBlockHash);
        _checkList(answered, p.answers);
        QuorumSignatures.check(GATE, MessageHashUtils.toTypedDataHash(domainSeparator(), p.hash()), signatures);

        (period, periodEnd, answersHash) = (p.period, p.toBlock, p.answers);
        emit PeriodPosted(p.period, p.fromBlock, p.toBlock, p.toBlockHash, answered);
    }

    /// @inheritdoc IAttesterRewards
    function distribute(address token, Answered[] calldata answered) external nonReentrant {
        uint64 current = period;
        if (distributedIn[token] >= current) revert AlreadyDistributed(token, current);
        bytes32 hash = keccak256(abi.encode(answered));
        if (hash != answersHash) revert AnswersMismatch(answersHash, hash);
        uint256 before = owedInAll[token];
        uint256 balance = Payouts.balance(token);
        // A token that takes balances away may leave less than what is owed.
        if (balance <= before) revert NothingToDistribute(token);
        uint256 amount = balance - before;

        distributedIn[token] = current;
        uint256 credited = _credit(token, amount, answered);
        owedInAll[token] = before + credited;
        uint256 rounding = amount - credited;
        emit Distributed(token, current, amount, rounding);

        // What the treasury cannot take now is there for the next period.
        if (rounding != 0) Payouts.trySend(token, TREASURY, rounding);
    }

    /// @inheritdoc IAttesterRewards
    function claim(address token, address account) external nonReentrant {
        uint256 amount = owed[token][account];
        if (amount == 0) revert NothingToClaim(token, account, amount);

        owed[token][account] = 0;
        owedInAll[token] -= amount;
        emit RewardClaimed(token, account, amount);

        if (!Payouts.trySend(token, account, amount)) revert TransferFailed(token, account, amount);
    }

    /// @inheritdoc IAttesterRewards
    function gate() external view returns (address) {
        return address(GATE);
    }

    /// @inheritdoc IAttesterRewards
    function treasury() external view returns (address) {
        return TREASURY;
    }

    /// @inheritdoc IAttesterRewards
    function domainSeparator() public view returns (bytes32) {
        return SluiceDomains.separator(SluiceDomains.ATTESTER_REWARDS_NAME, address(this));
    }

    function _credit(address token, uint256 amount, Answered[] calldata answered) private returns (uint256 credited) {
        uint256 total;
        for (uint256 i = 0; i < answered.length; ++i) total += answered[i].count;
        for (uint256 i = 0; i < answered.length; ++i) {
            address account = answered[i].account;
            uint256 part = Math.mulDiv(amount, answered[i].count, total);
            if (part == 0) continue;
            owed[token][account] += part;
            credited += part;
            emit Credited(token, account, period, part);
        }
    }

    function _checkList(Answered[] calldata answered, bytes32 signed) private pure {
        bytes32 hash = keccak256(abi.encode(answered));
        if (hash != signed) revert AnswersMismatch(signed, hash);
        if (answered.length == 0 || answered.length > MOST_ACCOUNTS) revert AnswersInvalid(answered.length);
        address previous;
        for (uint256 i = 0; i < answered.length; ++i) {
            if (answered[i].account <= previous || answered[i].count == 0) revert AnswersInvalid(i);
            previous = answered[i].account;
        }
    }
}
