package io.portask.store.log;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.portask.store.EndListener;
import java.time.Clock;

/** What the partitions of one store share. */
record LogContext(
        LogConfig config,
        FileCache files,
        BufferPool buffers,
        Syncer syncer,
        Housekeeper housekeeper,
        EndListener endListener,
        Clock clock,
        SpaceGuard space,
        Counter appendedBytes,
        Counter damages,
        Timer syncTimer) {}
