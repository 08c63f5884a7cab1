package io.portask.transport;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * What all loops of a server or a connector share.
 *
 * @param connection bounds and timeouts of each connection
 * @param recognizer finds the protocol of accepted connections
 * @param recognitionTimeoutMs how long that may take
 * @param meters where everything is counted
 * @param open how many connections there are, those on their way from the acceptor to a loop included
 * @param clockMs milliseconds from any start that never go back
 */
record LoopContext(
        ConnectionConfig connection,
        Recognizer recognizer,
        int recognitionTimeoutMs,
        TransportMeters meters,
        AtomicInteger open,
        LongSupplier clockMs) {
    private static final long NANOS_PER_MS = 1_000_000;

    static long systemClockMs() {
        return System.nanoTime() / NANOS_PER_MS;
    }
}
