package io.portask.http;

import io.portask.http.exchange.HttpLimits;
import java.net.InetSocketAddress;
import java.util.List;

class FiltersOnOurServerTest extends FiltersContract {
    private Hosted hosted;

    @Override
    InetSocketAddress start() {
        HttpConfig config = HttpConfig.builder()
                .corsOrigins(List.of("https://app.example"))
                .gzipMinBytes(1000)
                .limits(HttpLimits.builder().maxBodyBytes(BODY_LIMIT).build())
                .build();
        hosted = new Hosted(config, meters, http -> http.inline("/t", FiltersContract::handle));
        return hosted.server.address();
    }

    @Override
    void stop() {
        hosted.close();
    }
}
