// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The governed parameters of the gate.
/// @param holdAt Lowest score of Hold, 1 to blockAt.
/// @param blockAt Lowest score of Block, holdAt to 10,001 (10,001: never).
/// @param protocolFeeBps The protocol's part of a captured amount, at most 50.
/// @param refreshLog2 A capture more than 2^refreshLog2 blocks after its authorization needs newer facts; 8 to 23.
/// @param holdDelay Seconds from the posting of a Hold until the payee may capture.
/// @param grace Seconds the payee has from then on, at least.
/// @param appealDelay Seconds from a Block until the payer may reclaim where the terms name an arbiter.
/// @param silenceDelay Seconds attesters have to answer a request.
/// @param silenceCap Largest amount that silence may release at once, in micro-units.
/// @param chargeCap Largest amount of a charge, in micro-units.
/// @param channelCap What a payment channel may pay out between two attestations, in micro-units.
/// @param stride Blocks between the points at which facts of charges and channel batches are read.
/// @param auditShare Share of payments that would be allowed and are held instead, in 1/10,000, at most 500: whoever has found
/// facts that the model allows cannot count on it.
struct Policy {
    uint16 holdAt;
    uint16 blockAt;
    uint8 protocolFeeBps;
    uint8 refreshLog2;
    uint24 holdDelay;
    uint24 grace;
    uint24 appealDelay;
    uint24 silenceDelay;
    uint48 silenceCap;
    uint48 chargeCap;
    uint48 channelCap;
    uint16 stride;
    uint16 auditShare;
}
