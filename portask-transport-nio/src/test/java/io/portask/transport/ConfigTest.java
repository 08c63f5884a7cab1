package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ConfigTest {
    @Test
    void theDefaultsAreValid() {
        NioServerConfig config = NioServerConfig.defaults();
        assertThat(config.host()).isEqualTo("127.0.0.1");
        assertThat(config.port()).isZero();
        assertThat(config.maxConnections()).isBetween(1, 10_000);
        assertThat(config.loops().eventLoops()).isBetween(1, 8);
        assertThat(NioConnectorConfig.defaults().loops().daemon()).isTrue();
    }

    @Test
    void aBadSettingIsNamedWithItsValueAndWhatIsAllowed() {
        refused(() -> NioServerConfig.builder().port(65_536).build(), "port is 65536; allowed is 0 to 65535");
        refused(() -> NioServerConfig.builder().port(-1).build(), "port is -1");
        refused(() -> NioServerConfig.builder().host(" ").build(), "host is \" \"");
        refused(() -> NioServerConfig.builder().eventLoops(0).build(), "eventLoops is 0; allowed is 1 to 256");
        refused(() -> NioServerConfig.builder().maxConnections(0).build(), "maxConnections is 0");
        refused(() -> NioServerConfig.builder().recognitionTimeoutMs(0).build(), "recognitionTimeoutMs is 0");
        refused(() -> NioServerConfig.builder().backlog(0).build(), "backlog is 0");
        refused(() -> LoopConfig.builder().maxBufferBytes(1).build(), "maxBufferBytes is 1");
        refused(() -> LoopConfig.builder().shutdownTimeoutMs(-1).build(), "shutdownTimeoutMs is -1");
        refused(
                () -> ConnectionConfig.builder()
                        .highWatermark(100)
                        .lowWatermark(101)
                        .build(),
                "lowWatermark is 101; allowed is 0 to 100");
        refused(
                () -> ConnectionConfig.builder().maxOutboundBytes(1_000).build(),
                "maxOutboundBytes is 1000; allowed is 1048576 to 2147483647");
        refused(() -> ConnectionConfig.builder().idleTimeoutMs(-1).build(), "idleTimeoutMs is -1; allowed is 0 or 1");
        refused(() -> ConnectionConfig.builder().maxFrameBytes(63).build(), "maxFrameBytes is 63");
        refused(() -> NioConnectorConfig.builder().protocol("").build(), "protocol is \"\"");
    }

    @Test
    void aServerWithoutProtocolsIsRefused() {
        refused(
                () -> new NioServer(NioServerConfig.defaults(), List.of(), new SimpleMeterRegistry()),
                "protocols is empty");
    }

    @Test
    void theDefaultOfConnectionsLeavesFilesForOthers() {
        String limits =
                "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024           4096       files\n";
        assertThat(FileLimit.connectionsUpTo(10_000, limits)).isEqualTo(768);
        assertThat(FileLimit.connectionsUpTo(500, limits)).isEqualTo(500);
        assertThat(FileLimit.connectionsUpTo(500, limits.replace("1024", "100 ")))
                .isEqualTo(1);
        assertThat(FileLimit.connectionsUpTo(500, limits.replace("1024", "unlimited")))
                .isEqualTo(500);
        assertThat(FileLimit.connectionsUpTo(500, "")).isEqualTo(500);
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOfSatisfying(PortaskException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
            assertThat(e).hasMessageContaining(message);
        });
    }
}
