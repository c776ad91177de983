// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A registered code.
/// @param owner Who may change its payout address and hand it on.
/// @param payout Where what it earns goes.
/// @param offeredTo Who may take it over; zero where nobody.
struct ReferralCode {
    address owner;
    address payout;
    address offeredTo;
}

/// @title Referral codes
/// @notice Names under which affiliates are known: a code belongs to whoever registered it first, pays to the address he names
/// and can be handed on. No fee, no owner, no expiry.
/// @dev A code is 3 to 32 characters a–z, 0–9 and _, begins with a letter, and lies left-aligned in its word, zeros after it. One of more than
/// twelve characters needs one that is no hexadecimal digit, so that nobody takes an identifier in hex as his name.
/// Terms have 12 bytes for a referral: the code's tag. It is the code itself where that fits, and otherwise 95 bits of its
/// hash behind a leading 1, which no text has. The reads with a string are those of ERC-8021's code registry.
interface IReferralCodes {
    /// @notice A code is taken, and found by its tag from now on.
    event CodeRegistered(bytes32 indexed code, bytes12 indexed tag, address indexed owner, address payout);
    event PayoutSet(bytes32 indexed code, address indexed previous, address indexed payout);
    /// @notice An account may take the code over; the zero address takes the offer back.
    event CodeOffered(bytes32 indexed code, address indexed owner, address indexed offeredTo);
    event CodeTransferred(bytes32 indexed code, address indexed previous, address indexed owner, address payout);

    /// @notice The code breaks the rules at a character, counted from 0; at its length where it is too short.
    error CodeInvalid(bytes32 code, uint256 position);
    error CodeTaken(bytes32 code, address owner);
    /// @notice Another long code has the same tag.
    error TagTaken(bytes12 tag, bytes32 code);
    error NotCodeOwner(address caller, address owner);
    error NotOffered(bytes32 code, address caller);
    error AddressZero();

    /// @notice Takes a code for the caller.
    /// @param payout Where what it earns goes.
    function register(bytes32 code, address payout) external;

    /// @notice Changes where a code's earnings go. By its owner.
    function setPayout(bytes32 code, address payout) external;

    /// @notice Lets an account take the code over, or, with the zero address, nobody. By its owner.
    function offer(bytes32 code, address to) external;

    /// @notice Takes over a code that was offered to the caller.
    /// @param payout Where its earnings go from now on.
    function accept(bytes32 code, address payout) external;

    /// @notice A code; all zero where it is not registered.
    function record(bytes32 code) external view returns (ReferralCode memory);

    /// @notice The code behind a payment's referral; zero where there is none.
    function codeOf(bytes12 tag) external view returns (bytes32);

    /// @notice Where the earnings of a payment's referral go; zero where it is no registered code.
    function payoutOf(bytes12 tag) external view returns (address);

    /// @notice What stands for a code in terms.
    function tagOf(bytes32 code) external pure returns (bytes12);

    /// @notice ERC-8021: where a code's earnings go; zero where it is not registered.
    function payoutAddress(string calldata code) external view returns (address);

    /// @notice ERC-8021: whether a code follows the rules, registered or not.
    function isValidCode(string calldata code) external pure returns (bool);

    /// @notice ERC-8021: whether a code is registered.
    function isRegistered(string calldata code) external view returns (bool);

    /// @notice ERC-8021: where a code's description is: there is none, so it is empty.
    function codeURI(string calldata code) external pure returns (string memory);
}
