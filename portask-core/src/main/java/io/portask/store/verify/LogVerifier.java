package io.portask.store.verify;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.log.DirectoryCheck;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Reads everything that a log store's directory holds and says what is wrong. Changes nothing on the disk. */
public final class LogVerifier {
    private LogVerifier() {}

    /**
     * Checks every batch of every partition: its checksum, that offsets are dense, that its records can be decoded; and the
     * files beside them.
     *
     * @param finding is told of each problem and note in one line: where it is (partition, file, byte) and what
     * @throws PortaskException {@link ErrorCode#STORE_LOCKED} if a store uses the directory; {@link
     *     ErrorCode#INVALID_CONFIGURATION} if it holds none, or one of another version; {@link ErrorCode#STORE_IO_ERROR} if
     *     it cannot be read
     */
    public static LogReport verify(Path directory, Consumer<String> finding) {
        DirectoryCheck check = new DirectoryCheck(directory, finding);
        check.run();
        return new LogReport(
                check.topics(),
                check.partitions(),
                check.segments(),
                check.batches(),
                check.records(),
                check.bytes(),
                check.problems(),
                check.notes());
    }
}
