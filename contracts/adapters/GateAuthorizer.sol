// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IAuthCaptureEscrow} from "../interfaces/IAuthCaptureEscrow.sol";
import {ICaptureAuthorizer, PaymentInfo} from "../interfaces/ICaptureAuthorizer.sol";
import {IGateAuthorizer} from "../interfaces/IGateAuthorizer.sol";
import {IRiskGate} from "../interfaces/IRiskGate.sol";
import {Band, Verdict} from "../types/Verdict.sol";

contract GateAuthorizer is IGateAuthorizer, ERC165 {
    uint40 private constant NEVER = type(uint40).max;

    IAuthCaptureEscrow private immutable ESCROW;
    IRiskGate private immutable GATE;

    mapping(bytes32 paymentInfoHash => Screening known) private _screenings;

    constructor(address escrow_, address gate_) {
        ESCROW = IAuthCaptureEscrow(escrow_);
        GATE = IRiskGate(gate_);
    }

    /// @inheritdoc IGateAuthorizer
    function observe(PaymentInfo calldata paymentInfo) external returns (bytes32 paymentInfoHash) {
        paymentInfoHash = ESCROW.getHash(paymentInfo);
        uint256 since = _screenings[paymentInfoHash].authorizedBlock;
        if (since != 0) revert AlreadyObserved(paymentInfoHash, since);
        (, uint256 capturable, ) = ESCROW.paymentState(paymentInfoHash);
        if (capturable == 0) revert NothingToCapture(paymentInfoHash);

        _screenings[paymentInfoHash].authorizedBlock = uint40(block.number);
        emit Observed(
            paymentInfoHash,
            paymentInfo.payer,
            paymentInfo.receiver,
            paymentInfo.token,
            paymentInfo.maxAmount
        );
    }

    /// @inheritdoc IGateAuthorizer
    /// @dev The amount judged is the one the payer signed, never the slice that is captured. The gate is the deployer's
    /// choice and calls nobody back.
    function post(PaymentInfo calldata paymentInfo, bytes calldata attestation) external {
        bytes32 id = ESCROW.getHash(paymentInfo);
        Screening memory known = _screenings[id];
        if (known.authorizedBlock == 0) revert NotObserved(id);
        if (known.band > Band.Allow) revert AlreadyScreened(id, known.band);
        Verdict verdict = GATE.evaluate(
            id,
            known.authorizedBlock,
            paymentInfo.maxAmount,
            paymentInfo.token,
            attestation
        );
        bool changes = known.band == Band.None || (verdict.refreshed() && verdict.band() != Band.Allow);
        if (!changes) revert AlreadyScreened(id, known.band);

        uint40 opensAt = verdict.band() == Band.Block ? NEVER : uint40(block.timestamp + verdict.holdDelay());
        _screenings[id] = Screening(known.authorizedBlock, opensAt, uint16(verdict.score()), verdict.band());
        emit Screened(id, verdict.band(), verdict.score(), opensAt);
    }

    /// @inheritdoc ICaptureAuthorizer
    function authorizeCapture(
        PaymentInfo calldata paymentInfo,
        uint256,
        uint256,
        address,
        bytes calldata
    ) external view returns (bool) {
        Screening memory known = _screenings[ESCROW.getHash(paymentInfo)];
        return known.band != Band.None && known.band != Band.Block && block.timestamp >= known.opensAt;
    }

    /// @inheritdoc IGateAuthorizer
    function screening(bytes32 paymentInfoHash) external view returns (Screening memory) {
        return _screenings[paymentInfoHash];
    }

    /// @inheritdoc IGateAuthorizer
    function escrow() external view returns (address) {
        return address(ESCROW);
    }

    /// @inheritdoc IGateAuthorizer
    function gate() external view returns (address) {
        return address(GATE);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC165, IERC165) returns (bool) {
        return interfaceId == type(ICaptureAuthorizer).interfaceId || super.supportsInterface(interfaceId);
    }
}
