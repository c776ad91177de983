// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The plain twin of compiled models: loops over arrays of weights, one multiplication at a time.
/// What it answers is what the straight-line code must answer.
contract SlowModel {
    int256 private constant MAX_ACTIVATION = 127;
    int256 private constant MAX_ERROR = 4_095;

    /// @param weights One row a neuron.
    struct Layer {
        int256[][] weights;
        int256[] bias;
        uint256 shift;
    }

    /// @param factWeights Empty for a classifier.
    /// @param twoSided Empty for a classifier.
    /// @param knots Pairs of accumulator and score, rising.
    struct Model {
        Layer[] layers;
        int256[] factWeights;
        bool[] twoSided;
        int256[2][] knots;
    }

    /// @notice Score and accumulator of each word of facts.
    function run(
        Model memory model,
        bytes32[] calldata facts
    ) external pure returns (int256[] memory scores, int256[] memory accumulators) {
        scores = new int256[](facts.length);
        accumulators = new int256[](facts.length);
        for (uint256 i = 0; i < facts.length; ++i) {
            accumulators[i] = accumulate(model, facts[i]);
            scores[i] = rank(model.knots, accumulators[i]);
        }
    }

    /// @notice A classifier's last accumulator, an autoencoder's sum of squared errors.
    function accumulate(Model memory model, bytes32 word) public pure returns (int256) {
        int256[] memory facts = new int256[](32);
        for (uint256 i = 0; i < 32; ++i) {
            facts[i] = int8(uint8(word[i]));
        }
        int256[] memory values = facts;
        uint256 last = model.layers.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            values = activate(dense(model.layers[i], values), model.layers[i].shift);
        }
        values = dense(model.layers[last], values);
        return model.factWeights.length == 0 ? values[0] : squaredError(model, values, facts);
    }

    function dense(Layer memory layer, int256[] memory inputs) public pure returns (int256[] memory sums) {
        sums = new int256[](layer.bias.length);
        for (uint256 neuron = 0; neuron < sums.length; ++neuron) {
            int256[] memory row = layer.weights[neuron];
            int256 sum = layer.bias[neuron];
            unchecked {
                // bytes times bytes, a few hundred of them; checks would take most of the time of a long comparison
                for (uint256 i = 0; i < row.length; ++i) {
                    sum += row[i] * inputs[i];
                }
            }
            sums[neuron] = sum;
        }
    }

    function activate(int256[] memory sums, uint256 shift) public pure returns (int256[] memory) {
        for (uint256 i = 0; i < sums.length; ++i) {
            sums[i] = shifted(sums[i], shift, MAX_ACTIVATION);
        }
        return sums;
    }

    function squaredError(
        Model memory model,
        int256[] memory reconstruction,
        int256[] memory facts
    ) public pure returns (int256 sum) {
        uint256 shift = model.layers[model.layers.length - 1].shift;
        for (uint256 i = 0; i < facts.length; ++i) {
            int256 distance = model.factWeights[i] * facts[i] - reconstruction[i];
            if (model.twoSided[i] && distance < 0) distance = -distance;
            int256 one = shifted(distance, shift, MAX_ERROR);
            sum += one * one;
        }
    }

    /// @notice Rounded half up, shifted, and clamped to 0 … most.
    function shifted(int256 value, uint256 shift, int256 most) public pure returns (int256) {
        if (shift != 0) value = (value + int256(1 << (shift - 1))) >> shift;
        if (value < 0) return 0;
        return value > most ? most : value;
    }

    /// @notice Linear between knots with integer division, flat outside.
    function rank(int256[2][] memory knots, int256 accumulated) public pure returns (int256) {
        if (accumulated <= knots[0][0]) return knots[0][1];
        for (uint256 i = 1; i < knots.length; ++i) {
            int256[2] memory lower = knots[i - 1];
            int256[2] memory upper = knots[i];
            if (accumulated < upper[0]) {
                return lower[1] + ((accumulated - lower[0]) * (upper[1] - lower[1])) / (upper[0] - lower[0]);
            }
        }
        return knots[knots.length - 1][1];
    }
}
