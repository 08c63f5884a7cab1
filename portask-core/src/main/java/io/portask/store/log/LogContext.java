package io.portask.store.log;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.portask.store.EndListener;

/** What the partitions of one store share. */
record LogContext(
        LogConfig config,
        FileCache files,
        BufferPool buffers,
        Syncer syncer,
        Housekeeper housekeeper,
        EndListener endListener,
        Counter appendedBytes,
        Timer syncTimer) {}
