package io.portask.protocol;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class FrameFuzzTest {
    @Test
    void changedFramesAreRefusedByNameOrTaken() {
        FrameFuzz.run(20_260_101, 200_000);
    }

    @Test
    @Tag("long")
    void changedFramesAreRefusedByNameOrTakenForLong() {
        for (int seed = 0; seed < 10; seed++) {
            FrameFuzz.run(seed, 1_000_000);
        }
    }

    @Test
    void changedFramesDisturbNoOtherSession() {
        SessionFuzz.run(20_260_102, 200_000);
    }

    @Test
    @Tag("long")
    void changedFramesDisturbNoOtherSessionForLong() {
        for (int seed = 0; seed < 10; seed++) {
            SessionFuzz.run(seed, 1_000_000);
        }
    }

    @FuzzTest
    void anyBytesAreRefusedByNameOrTaken(byte[] bytes) {
        new FrameFuzz().consume(ByteBuffer.wrap(bytes));
    }
}
