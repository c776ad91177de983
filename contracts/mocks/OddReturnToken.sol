// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @notice What a token answers to a transfer that worked, or that did not.
enum Answer {
    Nothing,
    True,
    False,
    FalseAndNothingMoves,
    Two,
    LongRevert
}

/// @notice Answers transfers in each of the ways tokens were seen to answer: nothing at all (USDT), false without a revert,
/// a number that is no bool, a revert with a long reason meant to cost its reader gas.
contract OddReturnToken is TestToken("Odd Return Token") {
    Answer public answer;

    /// @notice Chooses the answer of every later transfer.
    function setAnswer(Answer answer_) external {
        answer = answer_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        if (answer != Answer.FalseAndNothingMoves) super.transfer(to, value);
        return _answer();
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        if (answer != Answer.FalseAndNothingMoves) super.transferFrom(from, to, value);
        return _answer();
    }

    /// @dev The answers that are no bool leave the function without its own return.
    function _answer() private view returns (bool) {
        Answer chosen = answer;
        assembly ("memory-safe") {
            mstore(0x00, 2)
            if eq(chosen, 0) {
                return(0x00, 0x00)
            }
            if eq(chosen, 4) {
                return(0x00, 0x20)
            }
            if eq(chosen, 5) {
                revert(0x00, 100000)
            }
        }
        return chosen == Answer.True;
    }
}
