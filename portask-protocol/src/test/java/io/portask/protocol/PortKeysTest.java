package io.portask.protocol;

import static io.portask.protocol.Frames.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortKeysTest {
    private static final String BASE64 = Base64.getEncoder().encodeToString(new byte[32]);
    private static final String HEX = "0a".repeat(32);

    @Test
    void firstKeyIsUsedForSending() {
        PortKeys keys = PortKeys.parse(List.of("new:" + BASE64, "old:" + HEX));
        assertThat(keys.sendingId()).isEqualTo("new");
        assertThat(keys.ids()).containsExactlyInAnyOrder("new", "old");
        byte[] salt = new byte[FrameAead.SALT_SIZE];
        byte[] old = new byte[PortKeys.KEY_BYTES];
        Arrays.fill(old, (byte) 10);
        assertThat(keys.connectionKey("old", salt))
                .isEqualTo(PortKeys.of("same", old).connectionKey("same", salt));
        assertThat(keys.connectionKey("none", salt)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "key", "k:", ":AAAA", "k:AAAA", "k:not base64!", "k k:AAAA"})
    void malformedKeyIsRefusedWithoutRepeatingIt(String text) {
        assertThat(assertFails(ErrorCode.INVALID_CONFIGURATION, () -> PortKeys.parse(List.of(text))))
                .hasMessageNotContaining("AAAA");
    }

    @Test
    void twoKeysOfOneIdAreRefused() {
        assertFails(ErrorCode.INVALID_CONFIGURATION, () -> PortKeys.parse(List.of("k:" + BASE64, "k:" + HEX)));
    }

    @Test
    void noKeyIsRefused() {
        assertFails(ErrorCode.INVALID_CONFIGURATION, () -> PortKeys.parse(List.of()));
    }

    @Test
    void idOfMoreThan64CharactersIsRefused() {
        PortKeys.of("k".repeat(64), new byte[32]);
        assertFails(ErrorCode.INVALID_CONFIGURATION, () -> PortKeys.of("k".repeat(65), new byte[32]));
    }

    @Test
    void keysAreNotPrinted() {
        assertThat(PortKeys.parse(List.of("k:" + HEX)).toString()).isEqualTo("PortKeys[k]");
    }
}
