// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Lane router
/// @notice Carries calls to several lanes of the escrow in one transaction: authorizations with the payer's signature, orders
/// with the operator's, posts, reclaims and sweeps, which anybody may send.
/// @dev It holds no money, no allowance and no role, and it is the sender of what it carries; a call that asks who sends
/// it is therefore refused by the lane like any stranger's.
interface ILaneRouter {
    /// @notice One call.
    /// @param lane Index of the lane.
    /// @param data The call's bytes.
    struct Call {
        uint256 lane;
        bytes data;
    }

    /// @notice The call at this place did not go through; the others did not suffer.
    /// @param reason The first four bytes of what it reverted with; zero when it said nothing.
    event CallSkipped(uint256 indexed index, uint256 indexed lane, bytes4 reason);

    /// @notice A router without lanes, or with too many.
    error LaneCountOutOfRange(uint256 count, uint256 highest);
    /// @notice The address holds no code.
    error LaneWithoutCode(address lane);
    /// @notice There is no such lane.
    error LaneUnknown(uint256 lane, uint256 count);
    /// @notice The width must be from 1 to the number of lanes.
    error WidthOutOfRange(uint256 width, uint256 highest);

    /// @notice Carries the calls in order; one that fails is skipped and reported.
    /// @return done Which went through.
    function route(Call[] calldata calls) external returns (bool[] memory done);

    /// @notice Number of lanes.
    function laneCount() external view returns (uint256);

    /// @notice The escrow of that index.
    function lane(uint256 index) external view returns (address);

    /// @notice Where a payment belongs: (h(payee) + h(salt) mod width) mod laneCount, h being keccak256 of the value as a
    /// 32-byte word. A payee's payments spread over `width` lanes.
    function laneOf(address payee, uint256 salt, uint256 width) external view returns (uint256 index);
}
