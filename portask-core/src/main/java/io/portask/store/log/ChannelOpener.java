package io.portask.store.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/** Opens the channels of segment and log files; tests put one in its place that fails as disks do. */
@FunctionalInterface
interface ChannelOpener {
    ChannelOpener SYSTEM = (path, options) -> FileChannel.open(path, options);

    FileChannel open(Path path, OpenOption... options) throws IOException;
}
