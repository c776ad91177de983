// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bounty, Funding} from "../types/ChannelConsent.sol";
import {ChannelId, ChannelTerms} from "../types/ChannelTerms.sol";
import {AccountUse, PayManyHeader} from "../types/PayMany.sol";
import {Session, SessionUse} from "../types/Session.sol";

/// @title Payment channels, the rarer functions
/// @notice Other ways to fund a channel, agreed ends, sessions, accounts that pay many, payees who move.
interface IChannelsExtension {
    /// @notice Opens a channel by the payer's ERC-3009 signature. Anybody may submit, so the payer needs no gas.
    /// @param validBefore As signed, seconds since the Unix epoch; validAfter is 0.
    /// @param signature That of `receiveWithAuthorization` with nonce keccak256(id, deposit), two words.
    function openWithAuthorization(
        ChannelTerms calldata terms,
        uint96 deposit,
        uint256 validBefore,
        bytes calldata signature
    ) external returns (ChannelId id);

    /// @notice Opens a channel by Permit2. Anybody may submit.
    /// @param deadline As signed, seconds since the Unix epoch.
    /// @param signature Permit2's nonce (32 bytes), then the payer's signature with the witness `bytes32 channel`, whose value is
    /// keccak256(id, deposit), two words.
    function openWithPermit2(
        ChannelTerms calldata terms,
        uint96 deposit,
        uint256 deadline,
        bytes calldata signature
    ) external returns (ChannelId id);

    /// @notice Opens a channel on the payer's signature of Open(channel, deposit, funding, deadline); by the payer himself
    /// without one. Anybody may submit.
    /// @param deadline The signature counts before this second.
    /// @param permit Empty, or an EIP-2612 signature (65 bytes r, s, v) that gives the allowance first, with the same deadline.
    function openSigned(
        ChannelTerms calldata terms,
        uint96 deposit,
        Funding funding,
        uint40 deadline,
        bytes calldata signature,
        bytes calldata permit
    ) external returns (ChannelId id);

    /// @notice Adds to a deposit out of the caller's credit, without a transfer.
    function topUpFromCredit(ChannelTerms calldata terms, uint96 amount) external;

    /// @notice Adds to a deposit by an ERC-3009 signature of `from`. Anybody may submit.
    /// @param salt Any number, so that the same amount can be added twice.
    /// @param signature That of `receiveWithAuthorization` with nonce keccak256(id, amount, salt), three words.
    function topUpWithAuthorization(
        ChannelTerms calldata terms,
        address from,
        uint96 amount,
        uint256 salt,
        uint256 validBefore,
        bytes calldata signature
    ) external;

    /// @notice Ends the channel at once at an amount both sides signed. Anybody may submit.
    /// @param cumulative What the payee shall have got in all.
    /// @param deadline The signatures count before this second.
    /// @param signerSignature Of the terms' signer, or of the payer, over Close(channel, cumulative, deadline).
    /// @param payeeSignature Of the payee over the same; empty when the payee calls.
    /// @param attestation Empty within the risk cap; else as for `redeem`, and its band must be Allow.
    function coopClose(
        ChannelTerms calldata terms,
        uint96 cumulative,
        uint40 deadline,
        bytes calldata signerSignature,
        bytes calldata payeeSignature,
        bytes calldata attestation
    ) external;

    /// @notice Pays a voucher that a session's key signed, as far as the period's cap reaches; what it leaves over the same
    /// voucher pays in a later period. Anybody may submit.
    /// @param session What the payer let the key do; the channel's `signer` and `salt` name it.
    /// @param signature The key's, over the voucher: 64 or 65 bytes, for P256 r and s, or what the contract accepts.
    /// @param attestation As for `redeem`; it names the whole voucher.
    function redeemBySession(
        ChannelTerms calldata terms,
        uint96 cumulative,
        Session calldata session,
        bytes calldata signature,
        bytes calldata attestation
    ) external;

    /// @notice As `queue`, for a voucher that a session's key signed. What is queued counts against the period's cap.
    function queueBySession(
        ChannelTerms calldata terms,
        uint96 cumulative,
        Session calldata session,
        bytes calldata signature
    ) external;

    /// @notice Ends a session after its notice. By its payer.
    function revokeSession(Session calldata session) external;

    /// @notice Pays a voucher in the exit window and gives whoever submits it what the payee promised. Anybody may call.
    /// @param bounty The payee's promise.
    /// @param payeeSignature Of the payee over it.
    function redeemForBounty(
        ChannelTerms calldata terms,
        uint96 cumulative,
        bytes calldata signature,
        bytes calldata attestation,
        Bounty calldata bounty,
        bytes calldata payeeSignature
    ) external;

    /// @notice From now on the channel pays somebody else. By the payee of the time.
    /// @dev Rows of a batch cannot name him: such a channel is redeemed by itself.
    function movePayee(ChannelTerms calldata terms, address to) external;

    /// @notice Adds to an account's credit out of the caller's allowance: what `payMany` and channels from credit spend.
    function fund(address token, address account, uint96 amount) external;

    /// @notice Pays many out of one account's credit, all or none, by one signature of the account. Anybody may submit; what is
    /// paid waits as credits, see `sweep`.
    /// @param rows Each (payee 20 bytes | amount 12).
    /// @param signature Of the account over PayMany(account, token, sequence, deadline, keccak256(rows)); empty when it calls.
    /// @param attestation Empty within the account's risk cap; else one whose subject is that digest and whose band is Allow.
    /// @return total What was paid.
    function payMany(
        PayManyHeader calldata header,
        bytes calldata rows,
        bytes calldata signature,
        bytes calldata attestation
    ) external returns (uint256 total);

    /// @notice Starts the delay after which an account's risk cap is loaded anew without an attestation. Anybody may call.
    function requestRefill(address token, address account) external;

    /// @notice Who a channel pays: the terms' payee, or who came after him.
    function payeeOf(ChannelTerms calldata terms) external view returns (address);

    /// @notice A session's id; its lower 20 bytes are the `signer`, and all of it the `salt`, of its channels.
    function sessionId(Session calldata session) external view returns (bytes32);

    /// @notice What a session has paid out in its last period, and when a revocation counts.
    function sessionUse(bytes32 session) external view returns (SessionUse memory);

    /// @notice Sequence and risk cap of an account.
    function accountUse(address token, address account) external view returns (AccountUse memory);
}
