// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {ChannelId, ChannelTerms} from "../types/ChannelTerms.sol";
import {KeyKind, Session, SessionLib, SessionUse} from "../types/Session.sol";
import {VoucherLib} from "../types/Voucher.sol";
import {ChannelsBase} from "./ChannelsBase.sol";
import {ChannelWord} from "./ChannelWord.sol";
import {SignedBy} from "./SignedBy.sol";

/// @dev Keys that may sign vouchers within bounds the payer has set. A channel names its session by `signer` and `salt`, so
/// that no signature of the payer is needed beyond the one that opens the channel, and nothing is stored before it is used.
abstract contract Sessions is ChannelsBase {
    using SessionLib for Session;
    using SignedBy for bytes32;

    uint256 private constant ADDRESS_KEY = 20;
    uint256 private constant P256_KEY = 64;

    function _sessionId(Session calldata session) internal view returns (bytes32) {
        return session.id(_domainSeparator());
    }

    /// @dev Checks a session's voucher and books what it may pay now.
    /// @return upTo The voucher's amount, or less where the period's cap does not reach.
    function _spend(
        ChannelTerms calldata terms,
        ChannelId id,
        ChannelWord word,
        uint96 cumulative,
        Session calldata session,
        bytes calldata signature
    ) internal returns (uint96 upTo) {
        bytes32 name = _sessionId(session);
        SessionUse memory used = _sessions[name];
        _checkScope(terms, id, name, session, used);
        if (!_isSignedByKey(session, VoucherLib.digest(id, cumulative, _domainSeparator()), signature)) {
            revert IPaymentChannels.SessionSignatureInvalid(name, id);
        }
        // What waits in the queue was counted when it came there.
        uint256 before = _max(_waiting(id, word).cumulative, word.claimed());
        if (cumulative <= before) return cumulative;
        uint256 index = session.period == 0 ? 0 : (block.timestamp - session.start) / session.period;
        uint256 spent = index == used.index ? used.spent : 0;
        if (spent >= session.capPerPeriod) {
            revert IPaymentChannels.SessionCapReached(name, spent, session.capPerPeriod);
        }
        uint256 amount = _min(cumulative - before, session.capPerPeriod - spent);
        spent += amount;

        _sessions[name] = SessionUse(uint96(spent), uint40(index), used.revokedAt);
        emit IPaymentChannels.SessionSpent(name, id, index, amount, spent);
        return uint96(before + amount);
    }

    /// @dev Anybody may revoke for nobody: the id names the payer.
    function _revoke(Session calldata session) internal {
        if (msg.sender != session.payer) revert IPaymentChannels.NotPayer(msg.sender, session.payer);
        bytes32 name = _sessionId(session);
        uint256 before = _sessions[name].revokedAt;
        if (before != 0) revert IPaymentChannels.SessionRevokedBefore(name, before);
        uint256 revokedAt = block.timestamp + session.notice;

        _sessions[name].revokedAt = uint40(revokedAt);
        emit IPaymentChannels.SessionRevoked(name, msg.sender, revokedAt);
    }

    function _checkScope(
        ChannelTerms calldata terms,
        ChannelId id,
        bytes32 name,
        Session calldata session,
        SessionUse memory used
    ) private view {
        bool named = terms.signer == address(uint160(uint256(name))) && terms.salt == uint256(name);
        if (!named || session.payer != terms.payer || session.token != terms.token) {
            revert IPaymentChannels.SessionMismatch(id, name);
        }
        uint256 end = session.expiry;
        if (used.revokedAt != 0) end = _min(end, used.revokedAt);
        if (block.timestamp < session.start || block.timestamp >= end) {
            revert IPaymentChannels.SessionClosed(name, block.timestamp, session.start, end);
        }
        if (!_isAmong(terms.payee, session.payees)) revert IPaymentChannels.SessionPayee(name, terms.payee);
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }

    function _isAmong(address payee, address[] calldata payees) private pure returns (bool) {
        for (uint256 i = 0; i < payees.length; ++i) if (payees[i] == payee) return true;
        return payees.length == 0;
    }

    function _isSignedByKey(
        Session calldata session,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (bool) {
        bool isP256 = session.keyKind == KeyKind.P256;
        if (session.key.length != (isP256 ? P256_KEY : ADDRESS_KEY)) {
            revert IPaymentChannels.SessionKeyInvalid(session.key.length);
        }
        if (!isP256) return digest.signedBy(address(bytes20(session.key)), signature);
        if (signature.length != P256_KEY) return false;
        (bytes32 x, bytes32 y) = (bytes32(session.key), bytes32(session.key[32:]));
        // Browsers and secure elements hash what they are asked to sign once more.
        bytes32 signed = sha256(abi.encode(digest));
        return P256.verifyNative(signed, bytes32(signature), bytes32(signature[32:]), x, y);
    }
}
