// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {ICollector} from "../interfaces/ICollector.sol";
import {IPaymentEscrow} from "../interfaces/IPaymentEscrow.sol";
import {IRareWays} from "../interfaces/IRareWays.sol";
import {PartySignature} from "../libraries/PartySignature.sol";
import {CollectorCallLib} from "../types/PayerConsent.sol";
import {Collection} from "../types/PaymentState.sol";
import {SluiceDomains} from "../types/SluiceDomains.sol";
import {Collect} from "./Collect.sol";
import {Preparer} from "./Preparer.sol";

/// @notice Every way in: the part of a collection that would make the escrow's own code too long.
/// @dev Runs by delegatecall, so `address(this)` and `msg.sender` are the escrow's. It reads and writes no storage. The escrow
/// makes it in its constructor, holds its lock around each call and enters it nowhere else.
contract RareWays is IRareWays, Collect {
    uint256 private constant KEY_SIGNATURE = 65;
    /// @dev Before the signature of a collector's call: collector 20 bytes | length of the signature 2.
    uint256 private constant COLLECTOR_HEAD = 22;

    address private immutable SELF;
    Preparer private immutable PREPARER;
    Preparer private immutable COLLECTOR_CALLER;

    constructor() {
        SELF = address(this);
        PREPARER = new Preparer(msg.sender);
        COLLECTOR_CALLER = new Preparer(msg.sender);
    }

    /// @dev Coins that come here directly would be in nobody's escrow.
    modifier onlyAsEscrow() {
        if (address(this) == SELF) revert NotTheEscrow();
        _;
    }

    /// @inheritdoc IRareWays
    function collect(
        address payer,
        address token,
        uint256 amount,
        uint256 deadline,
        bytes32 digest,
        Collection collection,
        bytes calldata signature
    ) external payable onlyAsEscrow {
        if (collection == Collection.Native) return _takeCoin(payer, token, amount, digest, _prepared(signature));
        if (collection == Collection.Plugin) return _callCollector(payer, token, amount, digest, signature);
        if (collection == Collection.Eip2612) {
            signature = _permit(payer, token, amount, deadline, signature);
            collection = Collection.Allowance;
        }
        _collect(payer, token, amount, deadline, digest, collection, _prepared(signature));
    }

    /// @inheritdoc IRareWays
    function collectorCaller() external view returns (address) {
        return address(COLLECTOR_CALLER);
    }

    /// @dev The value of the call is what arrived.
    function _takeCoin(address payer, address token, uint256 amount, bytes32 digest, bytes calldata signature) private {
        if (token != address(0)) revert IPaymentEscrow.NotNative(token);
        _checkConsent(payer, digest, digest, signature);
        if (msg.value != amount) revert IPaymentEscrow.AmountReceived(amount, msg.value);
    }

    /// @dev A permit that a stranger used up first has done its work: only the transfer decides.
    /// @return The signature of the terms, which stands after the permit's.
    function _permit(
        address payer,
        address token,
        uint256 amount,
        uint256 deadline,
        bytes calldata signatures
    ) private returns (bytes calldata) {
        _checkLength(signatures, KEY_SIGNATURE);
        bytes32 r = bytes32(signatures);
        bytes32 s = bytes32(signatures[32:]);
        try IERC20Permit(token).permit(payer, address(this), amount, deadline, uint8(signatures[64]), r, s) {} catch {}
        return signatures[KEY_SIGNATURE:];
    }

    function _callCollector(
        address payer,
        address token,
        uint256 amount,
        bytes32 digest,
        bytes calldata packed
    ) private {
        _checkLength(packed, COLLECTOR_HEAD);
        uint256 dataAt = COLLECTOR_HEAD + uint16(bytes2(packed[20:]));
        _checkLength(packed, dataAt);
        address collector = address(bytes20(packed));
        bytes calldata data = packed[dataAt:];
        bytes32 signed = CollectorCallLib.digest(
            digest,
            collector,
            data,
            SluiceDomains.separator(SluiceDomains.ESCROW_NAME, address(this))
        );
        _checkConsent(payer, digest, signed, _prepared(packed[COLLECTOR_HEAD:dataAt]));
        bytes memory collection = abi.encodeCall(
            ICollector.collect,
            (digest, payer, token, amount, address(this), data)
        );

        _checkValue();
        uint256 balance = _balance(token);
        if (!COLLECTOR_CALLER.call(collector, collection)) revert IPaymentEscrow.CollectorFailed(collector);
        _checkReceived(token, balance, amount);
    }

    function _checkLength(bytes calldata signature, uint256 needed) private pure {
        if (signature.length < needed) revert IPaymentEscrow.SignatureShort(signature.length, needed);
    }

    /// @dev Of a wrapped signature (EIP-6492: factory, its calldata, the signature, then the word that marks it) the one inside,
    /// after the account was deployed. Whether that call succeeds does not matter: somebody may have deployed the account
    /// before, and only the signature decides.
    function _prepared(bytes calldata signature) private returns (bytes calldata) {
        if (!PartySignature.isWrapped(signature)) return signature;
        (address factory, bytes memory data, ) = abi.decode(signature, (address, bytes, bytes));
        PREPARER.call(factory, data);
        return _inner(signature);
    }

    /// @dev The signature inside, whose offset is the third word; the decoder has checked the ranges.
    function _inner(bytes calldata wrapped) private pure returns (bytes calldata) {
        uint256 start = uint256(bytes32(wrapped[64:])) + 32;
        return wrapped[start:start + uint256(bytes32(wrapped[start - 32:]))];
    }
}
