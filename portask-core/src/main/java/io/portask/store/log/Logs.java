package io.portask.store.log;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The logger of the log store. */
final class Logs {
    static final Logger STORE = LoggerFactory.getLogger("io.portask.store.log");

    private Logs() {}
}
