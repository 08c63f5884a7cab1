package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.file.Path;

/** Names what the operating system said about a file. */
final class FileErrors {
    private FileErrors() {}

    static PortaskException named(String action, Path path, IOException cause) {
        if (isDiskFull(cause)) {
            return new PortaskException(
                    ErrorCode.DISK_FULL, action + " " + path + " failed: the disk is full. Free some space", cause);
        }
        return new PortaskException(ErrorCode.STORE_IO_ERROR, action + " " + path + " failed: " + text(cause), cause);
    }

    static boolean isDiskFull(IOException error) {
        String message = String.valueOf(error.getMessage());
        return message.contains("No space left") || message.contains("quota exceeded");
    }

    private static String text(IOException error) {
        String kind = error.getClass().getSimpleName();
        return kind.equals("IOException") ? String.valueOf(error.getMessage()) : kind + " " + error.getMessage();
    }
}
