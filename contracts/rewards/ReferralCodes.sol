// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReferralCodes, ReferralCode} from "../interfaces/IReferralCodes.sol";

contract ReferralCodes is IReferralCodes {
    uint256 private constant SHORTEST = 3;
    uint256 private constant WORD = 32;
    uint256 private constant TAG = 12;
    /// @dev No text begins with a character above 127.
    bytes12 private constant HASHED = bytes12(uint96(1 << 95));

    mapping(bytes32 code => ReferralCode record) private _records;
    /// @inheritdoc IReferralCodes
    mapping(bytes12 tag => bytes32 code) public codeOf;

    modifier onlyOwner(bytes32 code) {
        address owner = _records[code].owner;
        if (msg.sender != owner) revert NotCodeOwner(msg.sender, owner);
        _;
    }

    /// @inheritdoc IReferralCodes
    function register(bytes32 code, address payout) external {
        (bool valid, uint256 position) = _check(code);
        if (!valid) revert CodeInvalid(code, position);
        if (payout == address(0)) revert AddressZero();
        address owner = _records[code].owner;
        if (owner != address(0)) revert CodeTaken(code, owner);
        bytes12 tag = tagOf(code);
        if (codeOf[tag] != 0) revert TagTaken(tag, codeOf[tag]);

        _records[code] = ReferralCode(msg.sender, payout, address(0));
        codeOf[tag] = code;
        emit CodeRegistered(code, tag, msg.sender, payout);
    }

    /// @inheritdoc IReferralCodes
    function setPayout(bytes32 code, address payout) external onlyOwner(code) {
        if (payout == address(0)) revert AddressZero();
        address previous = _records[code].payout;

        _records[code].payout = payout;
        emit PayoutSet(code, previous, payout);
    }

    /// @inheritdoc IReferralCodes
    function offer(bytes32 code, address to) external onlyOwner(code) {
        _records[code].offeredTo = to;
        emit CodeOffered(code, msg.sender, to);
    }

    /// @inheritdoc IReferralCodes
    function accept(bytes32 code, address payout) external {
        ReferralCode memory held = _records[code];
        if (held.owner == address(0) || msg.sender != held.offeredTo) revert NotOffered(code, msg.sender);
        if (payout == address(0)) revert AddressZero();

        _records[code] = ReferralCode(msg.sender, payout, address(0));
        emit CodeTransferred(code, held.owner, msg.sender, payout);
    }

    /// @inheritdoc IReferralCodes
    function record(bytes32 code) external view returns (ReferralCode memory) {
        return _records[code];
    }

    /// @inheritdoc IReferralCodes
    function payoutOf(bytes12 tag) external view returns (address) {
        return _records[codeOf[tag]].payout;
    }

    /// @inheritdoc IReferralCodes
    function payoutAddress(string calldata code) external view returns (address) {
        return _records[_word(code)].payout;
    }

    /// @inheritdoc IReferralCodes
    function isRegistered(string calldata code) external view returns (bool) {
        return _records[_word(code)].owner != address(0);
    }

    /// @inheritdoc IReferralCodes
    function isValidCode(string calldata code) external pure returns (bool valid) {
        (valid, ) = _check(_word(code));
    }

    /// @inheritdoc IReferralCodes
    function codeURI(string calldata) external pure returns (string memory) {
        return "";
    }

    /// @inheritdoc IReferralCodes
    function tagOf(bytes32 code) public pure returns (bytes12) {
        bytes12 head = bytes12(code);
        if (head == code) return head;
        return bytes12(keccak256(abi.encode(code))) | HASHED;
    }

    /// @dev Zero, which is no code, for a text that fits no word or ends in a zero, which the word would not show.
    function _word(string calldata code) private pure returns (bytes32) {
        bytes calldata text = bytes(code);
        bool fits = text.length != 0 && text.length <= WORD && text[text.length - 1] != 0;
        return fits ? bytes32(text) : bytes32(0);
    }

    /// @dev Whether the code follows the rules, and where it first does not.
    function _check(bytes32 code) private pure returns (bool valid, uint256 position) {
        bool needsOther = code << (8 * TAG) != 0;
        for (; position < WORD && code[position] != 0; ++position) {
            bytes1 c = code[position];
            bool digit = c >= "0" && c <= "9";
            bool letter = c >= "a" && c <= "z";
            if (!letter && (position == 0 || (!digit && c != "_"))) return (false, position);
            if (c > "f") needsOther = false; // g to z; _ lies below a
            if (c == "_") needsOther = false;
        }
        bool padded = position == WORD || code << (8 * position) == 0;
        valid = position >= SHORTEST && padded && !needsOther;
    }
}
