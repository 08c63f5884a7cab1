/** Records, broker, memory and log stores, and the seams for stores and protocols of one's own. */
module io.portask.core {
    requires com.github.luben.zstd_jni;
    requires transitive micrometer.core;
    requires org.agrona;
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports io.portask.broker;
    exports io.portask.consumer;
    exports io.portask.error;
    exports io.portask.group;
    exports io.portask.io;
    exports io.portask.net;
    exports io.portask.queue;
    exports io.portask.record;
    exports io.portask.store;
    exports io.portask.store.verify;

    uses io.portask.store.MessageStoreProvider;

    provides io.portask.store.MessageStoreProvider with
            io.portask.store.log.LogStoreProvider,
            io.portask.store.memory.MemoryStoreProvider;
}
