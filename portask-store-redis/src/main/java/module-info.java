/** A message store on Redis, Valkey or Dragonfly that many brokers share. */
module io.portask.store.redis {
    requires transitive io.portask.core;
    requires io.netty.buffer;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires lettuce.core;
    requires micrometer.core;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports io.portask.store.redis;

    provides io.portask.store.MessageStoreProvider with
            io.portask.store.redis.RedisStoreProvider;
}
