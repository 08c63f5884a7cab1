package io.portask.http.wire;

/**
 * What a request's head may cost.
 *
 * @param maxHeadBytes the request line and all fields with their line ends; also holds for a section of trailers
 * @param maxFields lines of fields in one section
 * @param maxTargetBytes the request target
 */
public record DecoderLimits(int maxHeadBytes, int maxFields, int maxTargetBytes) {}
