package io.portask.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Bytes moved; JMH reports them per second beside the operations. */
@AuxCounters
@State(Scope.Thread)
public class ByteCount {
    public long bytes;
}
