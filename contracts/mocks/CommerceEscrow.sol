// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IAuthCaptureEscrow} from "../interfaces/IAuthCaptureEscrow.sol";
import {PaymentInfo} from "../interfaces/ICaptureAuthorizer.sol";

/// @notice An escrow of the shape of commerce-payments, for tests: authorize and capture by the operator, void and reclaim to
/// the payer, collected by allowance.
contract CommerceEscrow is IAuthCaptureEscrow {
    struct State {
        bool collected;
        uint120 capturable;
        uint120 refundable;
    }

    mapping(bytes32 paymentInfoHash => State state) private _states;

    error SenderNotOperator(address sender, address operator);
    error AlreadyCollected(bytes32 paymentInfoHash);
    error AmountOutOfRange(uint256 amount, uint256 highest);
    error CaptureTooLate(uint256 timestamp, uint256 authorizationExpiry);
    error ReclaimTooEarly(uint256 timestamp, uint256 authorizationExpiry);
    error TransferRefused();

    modifier onlyOperator(PaymentInfo calldata info) {
        if (msg.sender != info.operator) revert SenderNotOperator(msg.sender, info.operator);
        _;
    }

    function authorize(PaymentInfo calldata info, uint256 amount) external onlyOperator(info) {
        bytes32 id = getHash(info);
        if (_states[id].collected) revert AlreadyCollected(id);
        if (amount == 0 || amount > info.maxAmount) revert AmountOutOfRange(amount, info.maxAmount);
        _states[id] = State(true, uint120(amount), 0);
        if (!IERC20(info.token).transferFrom(info.payer, address(this), amount)) revert TransferRefused();
    }

    function capture(
        PaymentInfo calldata info,
        uint256 amount,
        uint256 feeBps,
        address feeReceiver
    ) external onlyOperator(info) {
        if (block.timestamp >= info.authorizationExpiry)
            revert CaptureTooLate(block.timestamp, info.authorizationExpiry);
        State storage state = _states[getHash(info)];
        if (amount == 0 || amount > state.capturable) revert AmountOutOfRange(amount, state.capturable);
        state.capturable -= uint120(amount);
        state.refundable += uint120(amount);
        uint256 fee = (amount * feeBps) / 10_000;
        if (fee != 0 && !IERC20(info.token).transfer(feeReceiver, fee)) revert TransferRefused();
        if (!IERC20(info.token).transfer(info.receiver, amount - fee)) revert TransferRefused();
    }

    function reclaim(PaymentInfo calldata info) external {
        if (block.timestamp < info.authorizationExpiry)
            revert ReclaimTooEarly(block.timestamp, info.authorizationExpiry);
        State storage state = _states[getHash(info)];
        uint256 amount = state.capturable;
        state.capturable = 0;
        if (!IERC20(info.token).transfer(info.payer, amount)) revert TransferRefused();
    }

    function paymentState(
        bytes32 id
    ) external view returns (bool hasCollectedPayment, uint120 capturableAmount, uint120 refundableAmount) {
        State memory state = _states[id];
        return (state.collected, state.capturable, state.refundable);
    }

    function getHash(PaymentInfo calldata info) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), keccak256(abi.encode(info))));
    }
}
