// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IRebatePool, RebateBook, RebateChallenge} from "../interfaces/IRebatePool.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {BlockHashes} from "../libraries/BlockHashes.sol";
import {QuorumSignatures} from "../libraries/QuorumSignatures.sol";
import {RebateRoot} from "../types/RebateRoot.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";

contract RebatePool is IRebatePool, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev What waits to come into force.
    struct Waiting {
        bytes32 root;
        uint256 total;
    }

    IRiskGate private immutable GATE;
    address private immutable TIMELOCK;
    IERC20 private immutable BOND_TOKEN;
    uint256 private immutable BOND;
    uint256 private immutable CHALLENGE_WINDOW;
    uint256 private immutable RULING_WINDOW;
    address private immutable TREASURY;

    /// @inheritdoc IRebatePool
    bytes32 public tierTable;

    mapping(address token => RebateBook book) private _books;
    mapping(address token => Waiting waiting) private _waiting;
    mapping(address token => RebateChallenge challenge) private _challenges;
    mapping(address token => mapping(address account => uint256 amount)) private _claimed;

    /// @param challengeWindow Seconds in which a root can be challenged.
    /// @param rulingWindow Seconds a vote has to rule: at least as long as a whole vote takes.
    /// @param treasury_ Gets lost bonds and what is taken out.
    constructor(
        address gate_,
        address timelock_,
        address bondToken,
        uint256 bond,
        uint256 challengeWindow,
        uint256 rulingWindow,
        address treasury_
    ) {
        GATE = IRiskGate(gate_);
        TIMELOCK = timelock_;
        BOND_TOKEN = IERC20(bondToken);
        BOND = bond;
        CHALLENGE_WINDOW = challengeWindow;
        RULING_WINDOW = rulingWindow;
        TREASURY = treasury_;
    }

    modifier onlyTimelock() {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender, TIMELOCK);
        _;
    }

    /// @inheritdoc IRebatePool
    function fund(address token, uint256 amount) external nonReentrant {
        if (amount == 0) revert AmountZero();
        uint256 balance = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - balance;
        if (received != amount) revert AmountReceived(amount, received);
        uint256 funded = _books[token].funded + amount;
        _books[token].funded = uint128(funded); // tokens of more than 2^128 units are no payment tokens
        emit Funded(token, msg.sender, amount, funded);
    }

    /// @inheritdoc IRebatePool
    function post(RebateRoot calldata r, bytes calldata signatures) external nonReentrant {
        _activate(r.token);
        RebateBook storage held = _books[r.token];
        if (held.activeAt != 0) revert RootWaiting(r.token, held.activeAt);
        if (r.period != held.period + 1) revert WrongPeriod(held.period + 1, r.period);
        if (r.tierTable != tierTable) revert WrongTierTable(tierTable, r.tierTable);
        if (r.total < held.total) revert TotalFell(held.total, r.total);
        if (r.total > held.funded) revert TotalAboveFunded(r.total, held.funded);
        bytes32 known = BlockHashes.find(r.asOf);
        if (known != 0 && known != r.asOfHash) revert BlockHashMismatch(r.asOf, r.asOfHash);
        QuorumSignatures.check(GATE, MessageHashUtils.toTypedDataHash(domainSeparator(), r.hash()), signatures);
        uint256 activeAt = block.timestamp + CHALLENGE_WINDOW;

        held.activeAt = uint40(activeAt);
        _waiting[r.token] = Waiting(r.root, r.total);
        emit RootPosted(r.token, r.period, r.root, r.total, r.asOf, r.asOfHash, r.tierTable, activeAt);
    }

    /// @inheritdoc IRebatePool
    function challenge(address token, bytes32 root) external nonReentrant {
        RebateBook storage held = _books[token];
        if (held.activeAt == 0) revert NoRootWaiting(token);
        if (held.frozen) revert AlreadyChallenged(token, _challenges[token].challenger);
        if (block.timestamp >= held.activeAt) revert ChallengeTooLate(block.timestamp, held.activeAt);
        if (root == _waiting[token].root) revert ChallengeAgrees(root);

        held.frozen = true;
        _challenges[token] = RebateChallenge(msg.sender, uint40(block.timestamp + RULING_WINDOW), root);
        emit RootChallenged(token, held.period + 1, msg.sender, root);

        BOND_TOKEN.safeTransferFrom(msg.sender, address(this), BOND);
    }

    /// @inheritdoc IRebatePool
    function rule(address token, bool upheld) external onlyTimelock nonReentrant {
        RebateChallenge memory made = _challenge(token);
        if (block.timestamp >= made.ruleBy) revert RulingTooLate(block.timestamp, made.ruleBy);
        delete _challenges[token];
        _books[token].frozen = false;
        emit ChallengeEnded(token, _books[token].period + 1, upheld, true);
        if (upheld) _drop(token);
        else _enforce(token);

        BOND_TOKEN.safeTransfer(upheld ? made.challenger : TREASURY, BOND);
    }

    /// @inheritdoc IRebatePool
    function expire(address token) external nonReentrant {
        RebateChallenge memory made = _challenge(token);
        if (block.timestamp < made.ruleBy) revert RulingOpen(block.timestamp, made.ruleBy);
        delete _challenges[token];
        _books[token].frozen = false;
        emit ChallengeEnded(token, _books[token].period + 1, true, false);
        _drop(token);

        BOND_TOKEN.safeTransfer(made.challenger, BOND);
    }

    /// @inheritdoc IRebatePool
    function claim(address token, address account, uint256 cumulative, bytes32[] calldata proof) external nonReentrant {
        _activate(token);
        RebateBook storage held = _books[token];
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(account, cumulative))));
        if (!MerkleProof.verifyCalldata(proof, held.root, leaf)) revert ProofInvalid(account, cumulative);
        uint256 before = _claimed[token][account];
        if (cumulative <= before) revert NothingToClaim(token, account, cumulative);
        uint256 amount = cumulative - before;
        uint256 claimed = held.claimed + amount;
        if (claimed > held.total) revert ClaimsAboveTotal(claimed, held.total);

        _claimed[token][account] = cumulative;
        held.claimed = uint128(claimed); // at most the total, at most what was funded
        emit Claimed(token, account, amount, cumulative);

        if (!IERC20(token).trySafeTransfer(account, amount)) revert TransferFailed(token, account, amount);
    }

    /// @inheritdoc IRebatePool
    function setTierTable(bytes32 tierTable_) external onlyTimelock {
        tierTable = tierTable_;
        emit TierTableSet(tierTable_);
    }

    /// @inheritdoc IRebatePool
    function withdraw(address token, uint256 amount) external onlyTimelock nonReentrant {
        _activate(token);
        RebateBook storage held = _books[token];
        uint256 promised = held.activeAt == 0 ? held.total : _waiting[token].total;
        if (amount > held.funded - promised) revert TotalAboveFunded(promised + amount, held.funded);
        held.funded -= uint128(amount); // compared before
        emit Withdrawn(token, TREASURY, amount);

        IERC20(token).safeTransfer(TREASURY, amount);
    }

    /// @inheritdoc IRebatePool
    function book(address token) external view returns (RebateBook memory held) {
        held = _books[token];
        if (!_isDue(held)) return held;
        Waiting memory next = _waiting[token];
        (held.root, held.total, held.period, held.activeAt) = (next.root, next.total, held.period + 1, 0);
    }

    /// @inheritdoc IRebatePool
    function challengeOf(address token) external view returns (RebateChallenge memory) {
        return _challenges[token];
    }

    /// @inheritdoc IRebatePool
    function claimedOf(address token, address account) external view returns (uint256) {
        return _claimed[token][account];
    }

    /// @inheritdoc IRebatePool
    function timelock() external view returns (address) {
        return TIMELOCK;
    }

    /// @inheritdoc IRebatePool
    function treasury() external view returns (address) {
        return TREASURY;
    }

    /// @inheritdoc IRebatePool
    function domainSeparator() public view returns (bytes32) {
        return SluiceDomains.separator(SluiceDomains.REBATES_NAME, address(this));
    }

    /// @dev A waiting root whose time has come comes into force with the next call that needs it.
    function _activate(address token) private {
        if (_isDue(_books[token])) _enforce(token);
    }

    function _isDue(RebateBook memory held) private view returns (bool) {
        return held.activeAt != 0 && !held.frozen && block.timestamp >= held.activeAt;
    }

    function _enforce(address token) private {
        RebateBook storage held = _books[token];
        Waiting memory next = _waiting[token];
        (held.root, held.total, held.period, held.activeAt) = (next.root, next.total, held.period + 1, 0);
        delete _waiting[token];
        emit RootActivated(token, held.period, next.root, next.total);
    }

    /// @dev The period is free again for another root.
    function _drop(address token) private {
        _books[token].activeAt = 0;
        delete _waiting[token];
    }

    function _challenge(address token) private view returns (RebateChallenge memory made) {
        made = _challenges[token];
        if (made.challenger == address(0)) revert NotChallenged(token);
    }
}
