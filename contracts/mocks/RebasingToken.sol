// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Balances are shares of a supply that anybody may rescale, as stETH or AMPL do it.
contract RebasingToken {
    uint256 private constant ONE = 1e18;

    /// @notice Tokens for 10^18 shares.
    uint256 public rate = ONE;
    mapping(address account => uint256) public sharesOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    error BalanceTooLow(uint256 balance, uint256 needed);

    /// @notice Creates tokens for anybody.
    function mint(address to, uint256 value) external {
        sharesOf[to] += (value * ONE) / rate;
    }

    /// @notice Rescales every balance to `rate_` tokens for 10^18 shares.
    function rebase(uint256 rate_) external {
        rate = rate_;
    }

    /// @notice ERC-20 approve.
    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        return true;
    }

    /// @notice ERC-20 transfer.
    function transfer(address to, uint256 value) external returns (bool) {
        return _move(msg.sender, to, value);
    }

    /// @notice ERC-20 transferFrom.
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowance[from][msg.sender] -= value;
        return _move(from, to, value);
    }

    /// @notice ERC-20 balanceOf.
    function balanceOf(address account) public view returns (uint256) {
        return (sharesOf[account] * rate) / ONE;
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        if (balanceOf(from) < value) revert BalanceTooLow(balanceOf(from), value);
        uint256 shares = (value * ONE) / rate;
        sharesOf[from] -= shares;
        sharesOf[to] += shares;
        return true;
    }
}
