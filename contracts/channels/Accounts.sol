// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {ChannelId} from "../types/ChannelTerms.sol";
import {Float24} from "../types/Float24.sol";
import {AccountUse, PayManyHeader, PayManyLib} from "../types/PayMany.sol";
import {Band, Verdict} from "../types/Verdict.sol";
import {ChannelsBase} from "./ChannelsBase.sol";
import {SignedBy} from "./SignedBy.sol";

/// @dev Credits as accounts: they are funded, they fund channels, and one signature pays many out of them.
abstract contract Accounts is ChannelsBase {
    using PayManyLib for PayManyHeader;
    using SignedBy for bytes32;

    uint256 private constant ROW = 32;

    /// @dev The caller pulls the amount.
    function _fund(address token, address account, uint256 amount) internal {
        if (amount == 0) revert IPaymentChannels.DepositZero();
        _checkParty(account);
        uint256 credit = _credits[token][account] + amount;

        _credits[token][account] = credit;
        emit IPaymentChannels.AccountFunded(token, account, amount, credit);
    }

    /// @dev Turns credit into a channel's deposit; no token moves.
    function _fundFromCredit(address token, address account, ChannelId id, uint256 amount) internal {
        _take(token, account, amount);
        emit IPaymentChannels.CreditSpent(token, account, id, amount);
    }

    function _payMany(
        PayManyHeader calldata header,
        bytes calldata rows,
        bytes calldata signature,
        bytes calldata attestation
    ) internal returns (uint256 total) {
        if (rows.length % ROW != 0 || rows.length == 0) revert IPaymentChannels.PayManyRowsLength(rows.length);
        if (block.timestamp >= header.deadline) {
            revert IPaymentChannels.PayManyExpired(block.timestamp, header.deadline);
        }
        bytes32 digest = header.digest(keccak256(rows), _domainSeparator());
        if (msg.sender != header.account && !digest.signedBy(header.account, signature)) {
            revert IPaymentChannels.PayManySignatureInvalid(header.account);
        }
        total = _sum(rows);
        _book(header, digest, total, attestation);
        _take(header.token, header.account, total);
        _give(_credits[header.token], rows);
        emit IPaymentChannels.PaidMany(header.account, header.token, header.sequence, total, rows);
    }

    function _requestRefill(address token, address account) internal {
        AccountUse memory used = _accounts[token][account];
        if (!used.capped) revert IPaymentChannels.RefillNotNeeded(token, account);
        if (used.refillAt != 0) revert IPaymentChannels.RefillRequestedBefore(token, account, used.refillAt);
        uint256 refillAt = _silenceEnd(token);

        _accounts[token][account].refillAt = uint40(refillAt);
        emit IPaymentChannels.RefillRequested(token, account, refillAt);
    }

    /// @dev The list is paid once, within the cap or with an Allow, which loads the cap anew at the next list.
    function _book(PayManyHeader calldata header, bytes32 digest, uint256 total, bytes calldata attestation) private {
        AccountUse memory used = _accounts[header.token][header.account];
        if (header.sequence <= used.sequence) {
            revert IPaymentChannels.PayManySequence(header.sequence, used.sequence);
        }
        used.sequence = header.sequence;
        if (attestation.length == 0) {
            _useCap(header, used, total);
        } else {
            (used.capped, used.riskCap, used.refillAt) = (false, 0, 0);
        }
        _accounts[header.token][header.account] = used;
        if (attestation.length == 0) return;
        Verdict verdict = GATE.evaluateBatch(digest, header.token, total, attestation);
        if (verdict.band() != Band.Allow) {
            revert IPaymentChannels.PayManyNotAllowed(digest, verdict.band(), verdict.score());
        }
    }

    function _useCap(PayManyHeader calldata header, AccountUse memory used, uint256 total) private view {
        bool refilled = used.refillAt != 0 && block.timestamp >= used.refillAt;
        if (refilled || !used.capped) {
            used.riskCap = Float24.unwrap(_loadedCap(header.token));
            used.capped = true;
        }
        if (refilled) used.refillAt = 0;
        Float24 cap = Float24.wrap(used.riskCap);
        uint256 room = cap.decode();
        if (total > room) revert IPaymentChannels.AccountCapReached(header.account, total, room);
        used.riskCap = Float24.unwrap(cap.minus(total));
    }

    function _take(address token, address account, uint256 amount) private {
        uint256 credit = _credits[token][account];
        if (credit < amount) revert IPaymentChannels.CreditTooLow(token, account, credit, amount);
        unchecked {
            _credits[token][account] = credit - amount; // compared before
        }
    }

    /// @dev Less than 2^251 rows of 96 bits do not overflow.
    function _sum(bytes calldata rows) private pure returns (uint256 total) {
        unchecked {
            for (uint256 place = 0; place < rows.length; place += ROW) total += _rowAt(rows, place) & type(uint96).max;
        }
    }

    /// @dev No credit overflows: all of them together are what the contract holds of the token.
    function _give(mapping(address account => uint256 amount) storage credits, bytes calldata rows) private {
        unchecked {
            for (uint256 place = 0; place < rows.length; place += ROW) {
                uint256 row = _rowAt(rows, place);
                address payee = address(uint160(row >> 96));
                if (payee == address(0) || payee == address(this)) revert IPaymentChannels.ChannelPartyInvalid(payee);
                credits[payee] += row & type(uint96).max;
            }
        }
    }

    /// @dev Replaces a slice and its bounds; `place` is a multiple of 32 below the length, itself a multiple of 32.
    function _rowAt(bytes calldata rows, uint256 place) private pure returns (uint256 row) {
        assembly ("memory-safe") {
            row := calldataload(add(rows.offset, place))
        }
    }
}
