// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @notice Fee on transfer: burns a share of what arrives, or, when `onTop`, of what the sender has left. Negative share:
/// more arrives than was sent.
contract TaxToken is TestToken("Tax Token") {
    int256 public taxBps;
    bool public onTop;

    /// @notice Sets the share, in basis points, and who bears it.
    function setTax(int256 taxBps_, bool onTop_) external {
        taxBps = taxBps_;
        onTop = onTop_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0) || to == address(0)) return;
        int256 tax = (int256(value) * taxBps) / 10_000;
        if (tax < 0) super._update(address(0), to, uint256(-tax));
        else super._update(onTop ? from : to, address(0), uint256(tax));
    }
}
