// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {IChannelsExtension} from "../interfaces/IChannelsExtension.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {IPermit2} from "../interfaces/IPermit2.sol";
import {Bounty, BountyLib, Funding, OpenLib} from "../types/ChannelConsent.sol";
import {ChannelId, ChannelTerms} from "../types/ChannelTerms.sol";
import {CloseLib} from "../types/Voucher.sol";
import {AccountUse, PayManyHeader} from "../types/PayMany.sol";
import {Session, SessionUse} from "../types/Session.sol";
import {Accounts} from "./Accounts.sol";
import {ChannelsBase} from "./ChannelsBase.sol";
import {ChannelStore} from "./ChannelStore.sol";
import {ChannelWord} from "./ChannelWord.sol";
import {Sessions} from "./Sessions.sol";
import {SignedBy} from "./SignedBy.sol";

/// @dev Runs by delegatecall of the channels' contract that created it, on that contract's storage and under its lock. It has
/// none of its own: called directly it knows no channel, and nobody has a credit there.
contract ChannelsExtension is IChannelsExtension, Sessions, Accounts {
    using ChannelStore for ChannelId;
    using SignedBy for bytes32;

    /// @dev The same address on every chain that has it.
    IPermit2 private constant PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);
    string private constant PERMIT2_WITNESS = "bytes32 channel)TokenPermissions(address token,uint256 amount)";
    uint256 private constant KEY_SIGNATURE = 65;
    uint256 private constant MAX_BOUNTY_BPS = 100;

    constructor(address gate_) ChannelsBase(gate_, msg.sender) {}

    /// @inheritdoc IChannelsExtension
    function openWithAuthorization(
        ChannelTerms calldata terms,
        uint96 deposit,
        uint256 validBefore,
        bytes calldata signature
    ) external nonReentrant returns (ChannelId id) {
        id = _open(terms, deposit);
        _receive(terms.token, terms.payer, deposit, validBefore, _openNonce(id, deposit), signature);
    }

    /// @inheritdoc IChannelsExtension
    function openWithPermit2(
        ChannelTerms calldata terms,
        uint96 deposit,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant returns (ChannelId id) {
        if (signature.length < 32) revert IPaymentChannels.SignatureLength(signature.length, 32);
        id = _open(terms, deposit);
        IPermit2.PermitTransferFrom memory permit = IPermit2.PermitTransferFrom(
            IPermit2.TokenPermissions(terms.token, deposit),
            uint256(bytes32(signature)),
            deadline
        );
        uint256 balance = _balance(terms.token);
        PERMIT2.permitWitnessTransferFrom(
            permit,
            IPermit2.SignatureTransferDetails(address(this), deposit),
            terms.payer,
            _openNonce(id, deposit),
            PERMIT2_WITNESS,
            signature[32:]
        );
        _checkReceived(terms.token, balance, deposit);
    }

    /// @inheritdoc IChannelsExtension
    function openSigned(
        ChannelTerms calldata terms,
        uint96 deposit,
        Funding funding,
        uint40 deadline,
        bytes calldata signature,
        bytes calldata permit
    ) external nonReentrant returns (ChannelId id) {
        id = _open(terms, deposit);
        if (msg.sender != terms.payer) _checkOpening(terms.payer, id, deposit, funding, deadline, signature);
        if (funding == Funding.Credit) {
            _fundFromCredit(terms.token, terms.payer, id, deposit);
            return id;
        }
        _permit(terms.token, terms.payer, deposit, deadline, permit);
        _pull(terms.token, terms.payer, deposit);
    }

    /// @inheritdoc IChannelsExtension
    function topUpFromCredit(ChannelTerms calldata terms, uint96 amount) external nonReentrant {
        ChannelId id = _idOf(terms);
        _topUp(id, msg.sender, amount);
        _fundFromCredit(terms.token, msg.sender, id, amount);
    }

    /// @inheritdoc IChannelsExtension
    function topUpWithAuthorization(
        ChannelTerms calldata terms,
        address from,
        uint96 amount,
        uint256 salt,
        uint256 validBefore,
        bytes calldata signature
    ) external nonReentrant {
        ChannelId id = _idOf(terms);
        _topUp(id, from, amount);
        _receive(terms.token, from, amount, validBefore, keccak256(abi.encode(id, amount, salt)), signature);
    }

    /// @inheritdoc IChannelsExtension
    function coopClose(
        ChannelTerms calldata terms,
        uint96 cumulative,
        uint40 deadline,
        bytes calldata signerSignature,
        bytes calldata payeeSignature,
        bytes calldata attestation
    ) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _opened(id);
        if (block.timestamp >= deadline) revert IPaymentChannels.CloseExpired(block.timestamp, deadline);
        bytes32 digest = CloseLib.digest(id, cumulative, deadline, _domainSeparator());
        address payee = _payeeOf(terms, id, word);
        bool byPayer = digest.signedBy(terms.signer, signerSignature) || digest.signedBy(terms.payer, signerSignature);
        bool byPayee = msg.sender == payee || digest.signedBy(payee, payeeSignature);
        if (!byPayer || !byPayee) revert IPaymentChannels.CloseSignatureInvalid(id, byPayer ? payee : terms.signer);
        _closeAt(terms, id, word, cumulative, attestation);
    }

    /// @inheritdoc IChannelsExtension
    function redeemBySession(
        ChannelTerms calldata terms,
        uint96 cumulative,
        Session calldata session,
        bytes calldata signature,
        bytes calldata attestation
    ) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _dueVoucher(id, cumulative);
        uint96 upTo = _spend(terms, id, word, cumulative, session, signature);
        uint256 amount = _redeem(terms, id, word, cumulative, upTo, attestation);

        _deliver(terms.token, _payeeOf(terms, id, word), amount);
    }

    /// @inheritdoc IChannelsExtension
    function queueBySession(
        ChannelTerms calldata terms,
        uint96 cumulative,
        Session calldata session,
        bytes calldata signature
    ) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _dueVoucher(id, cumulative);
        uint96 upTo = _spend(terms, id, word, cumulative, session, signature);
        _queue(terms, id, word, upTo, _silenceEnd(terms.token));
    }

    /// @inheritdoc IChannelsExtension
    function revokeSession(Session calldata session) external nonReentrant {
        _revoke(session);
    }

    /// @inheritdoc IChannelsExtension
    function redeemForBounty(
        ChannelTerms calldata terms,
        uint96 cumulative,
        bytes calldata signature,
        bytes calldata attestation,
        Bounty calldata bounty,
        bytes calldata payeeSignature
    ) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _checkedVoucher(terms, id, cumulative, signature);
        address payee = _payeeOf(terms, id, word);
        if (word.closeAt() == 0) revert IPaymentChannels.BountyOutsideExit(id, block.timestamp, 0);
        _checkBounty(terms, id, payee, bounty, payeeSignature);
        uint256 amount = _redeem(terms, id, word, cumulative, cumulative, attestation);
        uint256 fee = _min((amount * bounty.feeBps) / 10_000, bounty.largest);
        if (fee != 0) emit IPaymentChannels.BountyPaid(id, msg.sender, fee);

        _deliver(terms.token, msg.sender, fee);
        _deliver(terms.token, payee, amount - fee);
    }

    /// @inheritdoc IChannelsExtension
    function movePayee(ChannelTerms calldata terms, address to) external nonReentrant {
        ChannelId id = _idOf(terms);
        ChannelWord word = _opened(id);
        _checkPayee(terms, id, word);
        _checkParty(to);

        id.save(word.withMove());
        _payees[id] = to;
        emit IPaymentChannels.PayeeMoved(id, msg.sender, to);
    }

    /// @inheritdoc IChannelsExtension
    function fund(address token, address account, uint96 amount) external nonReentrant {
        _fund(token, account, amount);
        _pull(token, msg.sender, amount);
    }

    /// @inheritdoc IChannelsExtension
    function payMany(
        PayManyHeader calldata header,
        bytes calldata rows,
        bytes calldata signature,
        bytes calldata attestation
    ) external nonReentrant returns (uint256) {
        return _payMany(header, rows, signature, attestation);
    }

    /// @inheritdoc IChannelsExtension
    function requestRefill(address token, address account) external nonReentrant {
        _requestRefill(token, account);
    }

    /// @inheritdoc IChannelsExtension
    function payeeOf(ChannelTerms calldata terms) external view returns (address) {
        ChannelId id = _idOf(terms);
        return _payeeOf(terms, id, id.load());
    }

    /// @inheritdoc IChannelsExtension
    function sessionId(Session calldata session) external view returns (bytes32) {
        return _sessionId(session);
    }

    /// @inheritdoc IChannelsExtension
    function sessionUse(bytes32 session) external view returns (SessionUse memory) {
        return _sessions[session];
    }

    /// @inheritdoc IChannelsExtension
    function accountUse(address token, address account) external view returns (AccountUse memory) {
        return _accounts[token][account];
    }

    /// @dev What an ERC-3009 nonce and a Permit2 witness say: this channel, with this deposit.
    function _openNonce(ChannelId id, uint256 deposit) private pure returns (bytes32) {
        return keccak256(abi.encode(id, deposit));
    }

    function _checkOpening(
        address payer,
        ChannelId id,
        uint256 deposit,
        Funding funding,
        uint256 deadline,
        bytes calldata signature
    ) private view {
        if (block.timestamp >= deadline) revert IPaymentChannels.OpenExpired(block.timestamp, deadline);
        bytes32 digest = OpenLib.digest(id, deposit, funding, deadline, _domainSeparator());
        if (!digest.signedBy(payer, signature)) revert IPaymentChannels.OpenSignatureInvalid(id, payer);
    }

    /// @dev A permit that a stranger used up first has done its work: only the transfer decides.
    function _permit(address token, address payer, uint256 deposit, uint256 deadline, bytes calldata permit) private {
        if (permit.length == 0) return;
        if (permit.length != KEY_SIGNATURE) revert IPaymentChannels.SignatureLength(permit.length, KEY_SIGNATURE);
        (bytes32 r, bytes32 s) = (bytes32(permit), bytes32(permit[32:]));
        try IERC20Permit(token).permit(payer, address(this), deposit, deadline, uint8(permit[64]), r, s) {} catch {}
    }

    function _checkBounty(
        ChannelTerms calldata terms,
        ChannelId id,
        address payee,
        Bounty calldata bounty,
        bytes calldata payeeSignature
    ) private view {
        if (bounty.payee != payee || bounty.token != terms.token) {
            revert IPaymentChannels.BountyMismatch(id, bounty.payee, bounty.token);
        }
        if (block.timestamp >= bounty.deadline) {
            revert IPaymentChannels.BountyExpired(block.timestamp, bounty.deadline);
        }
        if (bounty.feeBps > MAX_BOUNTY_BPS) revert IPaymentChannels.BountyTooHigh(bounty.feeBps, MAX_BOUNTY_BPS);
        if (!BountyLib.digest(bounty, _domainSeparator()).signedBy(payee, payeeSignature)) {
            revert IPaymentChannels.BountySignatureInvalid(payee);
        }
    }
}
