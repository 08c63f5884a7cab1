package io.portask.store.log;

import io.portask.store.MessageStore;
import io.portask.store.contract.DurableMessageStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class LogStoreContractTest extends DurableMessageStoreContract {
    @TempDir
    Path temp;

    private int stores;

    @Override
    protected MessageStore create() {
        stores++;
        return reopen();
    }

    @Override
    protected void housekeep(MessageStore store) {
        ((LogStore) store).clean();
    }

    @Override
    protected MessageStore reopen() {
        LogConfig config = LogConfig.of(temp.resolve("store" + stores)).withSegmentBytes(8192);
        return new LogStore(config, LogFixture.context());
    }
}
