// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {FeeTier, PackedTerms, SilenceRule} from "../types/Terms.sol";

/// @notice What must hold of terms before money comes in. Each error names the values that disagree.
library TermsChecks {
    /// @dev Leaves room for the highest protocol fee, 50.
    uint256 private constant MAX_FEE_BPS = 9_950;
    uint256 private constant BPS = 10_000;

    function check(PackedTerms calldata terms) internal view {
        if (terms.amount() == 0) revert IPaymentEscrow.AmountZero();
        _checkDeadlines(terms);
        _checkFees(terms);
        _checkParties(terms);
        if (terms.silenceRule() > uint256(SilenceRule.Release)) {
            revert IPaymentEscrow.SilenceRuleUnknown(terms.silenceRule());
        }
        if (terms.defaultSplitBps() > BPS) revert IPaymentEscrow.SplitOutOfRange(terms.defaultSplitBps());
        if (terms.feeTier() > uint256(FeeTier.Operator)) revert IPaymentEscrow.FeeTierUnknown(terms.feeTier());
        if (terms.spare() != 0) revert IPaymentEscrow.SpareBitsSet(terms.spare());
    }

    function _checkDeadlines(PackedTerms calldata terms) private view {
        uint256 authorizeBy = terms.authorizeBy();
        uint256 captureBy = terms.captureBy();
        uint256 refundBy = terms.refundBy();
        if (block.timestamp >= authorizeBy) revert IPaymentEscrow.AuthorizationExpired(block.timestamp, authorizeBy);
        if (authorizeBy > captureBy || captureBy > refundBy) {
            revert IPaymentEscrow.DeadlinesOutOfOrder(authorizeBy, captureBy, refundBy);
        }
    }

    function _checkFees(PackedTerms calldata terms) private pure {
        uint256 highest = terms.maxFeeBps();
        if (terms.minFeeBps() > highest || highest > MAX_FEE_BPS) {
            revert IPaymentEscrow.FeeRangeInvalid(terms.minFeeBps(), highest);
        }
        if (highest != 0 && terms.feeReceiver() == address(0)) revert IPaymentEscrow.FeeReceiverZero();
    }

    /// @dev The escrow as payee or fee receiver would pay itself, and nobody could take the money out; as payer it has no
    /// signature.
    function _checkParties(PackedTerms calldata terms) private view {
        address payee = terms.payee();
        if (payee == address(0) || payee == address(this)) revert IPaymentEscrow.PartyInvalid(payee);
        if (terms.payer() == address(this) || terms.feeReceiver() == address(this)) {
            revert IPaymentEscrow.PartyInvalid(address(this));
        }
    }
}
