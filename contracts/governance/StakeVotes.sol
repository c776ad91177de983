// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {ISluiceStake} from "../interfaces/ISluiceStake.sol";
import {PartySignature} from "../libraries/PartySignature.sol";
import {AccountDelegationLib} from "../types/Delegation.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";
import {StakePosition} from "../types/StakePosition.sol";
import {StakeRewards} from "./StakeRewards.sol";

/// @dev Votes and their history. The sum of all votes is the sum of all stake, because nobody can delegate to nobody.
abstract contract StakeVotes is StakeRewards, EIP712, Nonces {
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;

    bytes32 private constant DELEGATION_TYPEHASH = keccak256(
        "Delegation(address delegatee,uint256 nonce,uint256 expiry)"
    );

    /// @dev Votes before the newest value in the position, written from the second change on.
    mapping(address account => Checkpoints.Trace208 votes) private _history;

    constructor() EIP712(SluiceDomains.STAKE_NAME, SluiceDomains.VERSION) {}

    /// @inheritdoc IVotes
    function delegate(address delegatee) external {
        _delegate(msg.sender, delegatee);
    }

    /// @inheritdoc IVotes
    function delegateBySig(address delegatee, uint256 nonce, uint256 expiry, uint8 v, bytes32 r, bytes32 s) external {
        if (block.timestamp > expiry) revert VotesExpiredSignature(expiry);
        bytes32 structHash = keccak256(abi.encode(DELEGATION_TYPEHASH, delegatee, nonce, expiry));
        address account = ECDSA.recover(_hashTypedDataV4(structHash), v, r, s);
        _useCheckedNonce(account, nonce);
        _delegate(account, delegatee);
    }

    /// @inheritdoc ISluiceStake
    function delegateBySig(
        address account,
        address delegatee,
        uint256 nonce,
        uint256 expiry,
        bytes calldata signature
    ) external {
        if (block.timestamp > expiry) revert VotesExpiredSignature(expiry);
        bytes32 digest = _hashTypedDataV4(AccountDelegationLib.hash(account, delegatee, nonce, expiry));
        if (!PartySignature.isSignedBy(digest, account, signature)) revert DelegationSignatureInvalid(account);

        _useCheckedNonce(account, nonce);
        _delegate(account, delegatee);
    }

    /// @inheritdoc IVotes
    function getVotes(address account) external view returns (uint256) {
        return _positions[account].votes;
    }

    /// @inheritdoc IVotes
    function getPastVotes(address account, uint256 timepoint) external view returns (uint256) {
        uint48 second = _past(timepoint);
        StakePosition storage held = _positions[account];
        if (held.votesSince <= second) return held.votes;
        return _history[account].upperLookupRecent(second);
    }

    /// @inheritdoc IVotes
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256) {
        return _totalAt(_past(timepoint));
    }

    /// @inheritdoc IVotes
    function delegates(address account) public view returns (address) {
        address delegatee = _positions[account].delegatee;
        return delegatee == address(0) ? account : delegatee;
    }

    /// @inheritdoc IERC6372
    function clock() public view returns (uint48) {
        return uint48(block.timestamp); // lasts eight million years
    }

    /// @inheritdoc IERC6372
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=timestamp";
    }

    /// @dev Stake enters the vote; the total knows already.
    function _addVotes(address account, uint256 amount) internal {
        address delegatee = delegates(account);
        _setVotes(delegatee, _positions[delegatee].votes + amount);
    }

    /// @dev Stake leaves the vote; the total knows already.
    function _removeVotes(address account, uint256 amount) internal {
        address delegatee = delegates(account);
        _setVotes(delegatee, _positions[delegatee].votes - amount);
    }

    /// @dev Delegating to nobody is taking the delegation back.
    function _delegate(address account, address delegatee) private {
        address from = delegates(account);
        address to = delegatee == address(0) ? account : delegatee;
        _positions[account].delegatee = to == account ? address(0) : to;
        emit DelegateChanged(account, from, to);
        uint256 amount = _positions[account].staked;
        if (from == to || amount == 0) return;
        _setVotes(from, _positions[from].votes - amount);
        _setVotes(to, _positions[to].votes + amount);
    }

    /// @dev Changes of one second are one change: the last value counts.
    function _setVotes(address account, uint256 votes) private {
        StakePosition storage held = _positions[account];
        uint256 previous = held.votes;
        uint48 since = held.votesSince;
        if (since != 0 && since != clock()) _history[account].push(since, uint208(previous));
        held.votes = votes.toUint88();
        held.votesSince = uint40(clock());
        emit DelegateVotesChanged(account, previous, votes);
    }

    function _past(uint256 timepoint) private view returns (uint48) {
        if (timepoint >= clock()) revert TimepointNotPast(timepoint, clock());
        return uint48(timepoint); // below the clock, which has 48 bits
    }
}
