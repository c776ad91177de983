// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILaneRouter} from "../interfaces/ILaneRouter.sol";

contract LaneRouter is ILaneRouter {
    uint256 private constant MAX_LANES = 256;

    address[] private _lanes;

    constructor(address[] memory lanes) {
        if (lanes.length == 0 || lanes.length > MAX_LANES) revert LaneCountOutOfRange(lanes.length, MAX_LANES);
        for (uint256 i = 0; i < lanes.length; ++i) {
            if (lanes[i].code.length == 0) revert LaneWithoutCode(lanes[i]);
        }
        _lanes = lanes;
    }

    /// @inheritdoc ILaneRouter
    function route(Call[] calldata calls) external returns (bool[] memory done) {
        done = new bool[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            bytes4 reason;
            (done[i], reason) = _forward(lane(calls[i].lane), calls[i].data);
            if (!done[i]) emit CallSkipped(i, calls[i].lane, reason);
        }
    }

    /// @inheritdoc ILaneRouter
    function laneCount() external view returns (uint256) {
        return _lanes.length;
    }

    /// @inheritdoc ILaneRouter
    function laneOf(address payee, uint256 salt, uint256 width) external view returns (uint256 index) {
        uint256 count = _lanes.length;
        if (width == 0 || width > count) revert WidthOutOfRange(width, count);
        // Reduced before the sum, so that it cannot overflow; the sum modulo count is the same.
        return ((_hash(uint160(payee)) % count) + (_hash(salt) % width)) % count;
    }

    /// @inheritdoc ILaneRouter
    function lane(uint256 index) public view returns (address) {
        uint256 count = _lanes.length;
        if (index >= count) revert LaneUnknown(index, count);
        return _lanes[index];
    }

    /// @dev What the lane answers is not copied beyond the four bytes of an error: nothing it pays can make the router run
    /// out of gas for the calls after it.
    function _forward(address to, bytes calldata data) private returns (bool done, bytes4 reason) {
        assembly ("memory-safe") {
            let m := mload(0x40)
            calldatacopy(m, data.offset, data.length)
            mstore(0, 0)
            done := call(gas(), to, 0, m, data.length, 0, 4)
            if iszero(done) {
                if gt(returndatasize(), 3) {
                    reason := and(mload(0), shl(224, 0xffffffff))
                }
            }
        }
    }

    function _hash(uint256 value) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(value)));
    }
}
