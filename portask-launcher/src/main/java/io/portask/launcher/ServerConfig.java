package io.portask.launcher;

import io.portask.broker.BrokerConfig;
import io.portask.http.HttpConfig;
import io.portask.protocol.PortConfig;
import io.portask.transport.NioServerConfig;
import org.jspecify.annotations.Nullable;

/**
 * What a whole server is made of.
 *
 * @param tcp where PORT/1 is spoken
 * @param tcpHttp whether HTTP and WebSocket are spoken there too
 * @param http where HTTP and WebSocket are spoken; null for nowhere else
 */
record ServerConfig(
        String storeUri,
        BrokerConfig broker,
        PortConfig port,
        HttpConfig web,
        NioServerConfig tcp,
        boolean tcpHttp,
        @Nullable NioServerConfig http) {}
