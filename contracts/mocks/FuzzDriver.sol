// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {PaymentState, Timer} from "../types/PaymentState.sol";
import {PaymentId} from "../types/Terms.sol";

/// @notice What a puppet does with coins it is sent.
enum PuppetHabit {
    Accept,
    Refuse,
    CallBack
}

/// @notice A contract account that does what its driver says and signs with one key.
contract Puppet is IERC1271 {
    address public immutable DRIVER;
    address public immutable OWNER;

    PuppetHabit private _habit;
    address private _target;
    bytes private _data;

    /// @notice How often a call of its own, made while coins came in, succeeded.
    uint256 public successes;

    error Unwilling();
    error NotDriver(address caller);

    constructor(address owner) {
        (DRIVER, OWNER) = (msg.sender, owner);
    }

    receive() external payable {
        if (_habit == PuppetHabit.Refuse) revert Unwilling();
        if (_habit != PuppetHabit.CallBack) return;
        (bool success, ) = _target.call(_data);
        if (success) ++successes;
    }

    /// @notice Changes what it does with coins, and which call it makes then.
    function setHabit(PuppetHabit habit, address target, bytes calldata data) external {
        (_habit, _target, _data) = (habit, target, data);
    }

    /// @notice Makes a call.
    function act(address target, uint256 value, bytes calldata data) external returns (bool, bytes memory) {
        if (msg.sender != DRIVER) revert NotDriver(msg.sender);
        return target.call{value: value}(data);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError problem, ) = ECDSA.tryRecoverCalldata(hash, signature);
        bool valid = problem == ECDSA.RecoverError.NoError && signer == OWNER;
        return valid ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice Makes many calls of many accounts in one transaction and says how each of them ended: fuzzing at the speed of
/// the machine instead of that of its transactions.
contract FuzzDriver {
    struct Step {
        address actor;
        address target;
        uint256 value;
        bytes data;
    }

    bytes4 private constant NO_REASON = 0xffffffff;

    address[] private _puppets;

    /// @notice Four bytes for each step: zero where it succeeded, the selector of its error, or all ones without one.
    event Ran(bytes outcomes);

    error Undone(bytes4 outcome);

    /// @notice Makes an account for each key.
    function employ(address[] calldata owners) external {
        for (uint256 i = 0; i < owners.length; ++i) {
            _puppets.push(address(new Puppet(owners[i])));
        }
    }

    /// @notice Takes the steps in order.
    function run(Step[] calldata steps) external {
        bytes memory outcomes = new bytes(0);
        for (uint256 i = 0; i < steps.length; ++i) {
            outcomes = bytes.concat(outcomes, _take(steps[i]));
        }
        emit Ran(outcomes);
    }

    /// @notice How each step would end, were it the next one.
    function probe(Step[] calldata steps) external {
        bytes memory outcomes = new bytes(0);
        for (uint256 i = 0; i < steps.length; ++i) {
            try this.undo(steps[i]) {} catch (bytes memory answer) {
                bytes4 outcome;
                assembly ("memory-safe") {
                    outcome := mload(add(answer, 0x24))
                }
                outcomes = bytes.concat(outcomes, outcome);
            }
        }
        emit Ran(outcomes);
    }

    /// @notice Takes a step and always reverts with its outcome.
    function undo(Step calldata step) external {
        revert Undone(_take(step));
    }

    /// @notice All accounts made.
    function puppets() external view returns (address[] memory) {
        return _puppets;
    }

    /// @notice Stored state of payments, eleven numbers each: capturable, refundable, authorizedBlock, score, band, requested,
    /// protocolFeeBps, opensAt, closesAt, ruleBy, silentAt.
    function payments(
        IPaymentEscrow escrow,
        PaymentId[] calldata ids
    ) external view returns (uint256[11][] memory rows) {
        rows = new uint256[11][](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            PaymentState memory state = escrow.payment(ids[i]);
            Timer memory timer = escrow.timer(ids[i]);
            uint256[11] memory row = rows[i];
            (row[0], row[1], row[2]) = (state.capturable, state.refundable, state.authorizedBlock);
            (row[3], row[4], row[5]) = (state.score, uint256(state.band), state.requested ? 1 : 0);
            (row[6], row[7], row[8]) = (state.protocolFeeBps, timer.opensAt, timer.closesAt);
            (row[9], row[10]) = (timer.ruleBy, timer.silentAt);
        }
    }

    /// @notice Balance, credit and protocol credit of each account in each token, token by token; the zero address is coin.
    function holdings(
        IPaymentEscrow escrow,
        address[] calldata tokens,
        address[] calldata accounts
    ) external view returns (uint256[3][] memory rows) {
        rows = new uint256[3][](tokens.length * accounts.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            address token = tokens[i / accounts.length];
            address account = accounts[i % accounts.length];
            rows[i][0] = token == address(0) ? account.balance : IERC20(token).balanceOf(account);
            (rows[i][1], rows[i][2]) = escrow.ledger(token, account);
        }
    }

    function _take(Step calldata step) private returns (bytes4 outcome) {
        (bool success, bytes memory answer) = Puppet(payable(step.actor)).act(step.target, step.value, step.data);
        if (success) return 0;
        if (answer.length < 4) return NO_REASON;
        assembly ("memory-safe") {
            outcome := mload(add(answer, 0x20))
        }
        outcome &= NO_REASON;
    }
}
