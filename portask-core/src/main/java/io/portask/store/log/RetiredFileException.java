package io.portask.store.log;

import java.io.IOException;
import java.nio.file.Path;

/** The file was deleted, or its store closed, before it could be used. */
final class RetiredFileException extends IOException {
    private static final long serialVersionUID = 1L;

    RetiredFileException(Path path) {
        super(path + " is no longer part of the store");
    }
}
