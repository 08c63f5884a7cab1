package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.fetch;
import static io.portask.store.redis.StoreHands.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.ScriptOutputType;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.store.AppendResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Small appends that come while others are under way lie together in few entries, and are as separate as before. */
class GatheredAppendsTest {
    private static final int APPENDS = 400;
    private static final int MANY_BYTES = 1 << 20;

    private final String prefix = TestRedis.newPrefix();
    private RedisStore store;
    private RawRedis raw;

    @BeforeEach
    void start() {
        store = TestRedis.store(TestRedis.sharedUri(), prefix);
        store.start();
        raw = new RawRedis(TestRedis.sharedUri());
        create(store, "orders", 1);
        await(append(store, "0"));
        List<CompletionStage<AppendResult>> appends = new ArrayList<>();
        raw.pauseWrites();
        try {
            for (int i = 1; i < APPENDS; i++) {
                appends.add(append(store, String.valueOf(i)));
            }
        } finally {
            raw.goOn();
        }
        for (int i = 1; i < APPENDS; i++) {
            assertThat(await(appends.get(i - 1)).baseOffset()).isEqualTo(i);
        }
        assertThat(raw.entries(prefix, ORDERS))
                .as("the first, what was on its way, and all that came meanwhile")
                .isLessThanOrEqualTo(3);
    }

    @AfterEach
    void close() {
        raw.close();
        store.close();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(String::valueOf).toList();
    }

    private List<String> from(long offset, int maxBytes) {
        return fetch(store, ORDERS, offset, maxBytes).stream()
                .map(ReceivedMessage::text)
                .toList();
    }

    @Test
    void eachIsReadFromItsOwnOffset() {
        for (int i = 0; i < APPENDS; i++) {
            assertThat(from(i, 1)).containsExactly(String.valueOf(i));
        }
        assertThat(values(store)).isEqualTo(numbers(0, APPENDS));
        assertThat(from(APPENDS - 3, MANY_BYTES)).isEqualTo(numbers(APPENDS - 3, APPENDS));
    }

    @Test
    void aReadEndsWithTheLastThatFits() {
        List<String> some = from(APPENDS / 2, 10 * (RecordBatch.HEADER_SIZE + 10));
        assertThat(some).hasSizeBetween(5, 10).isEqualTo(numbers(APPENDS / 2, APPENDS / 2 + some.size()));
    }

    @Test
    void oneIsDeletedAmongOthers() {
        assertThat(await(store.deleteMessages(ORDERS, List.of(APPENDS - 2L)))).isEqualTo(1);
        assertThat(from(APPENDS - 3, MANY_BYTES)).containsExactly("" + (APPENDS - 3), "" + (APPENDS - 1));
        assertThat(await(store.deleteMessages(ORDERS, List.of(APPENDS - 2L)))).isZero();
    }

    @Test
    void aTrimMayCutAnEntry() {
        assertThat(await(store.trim(ORDERS, APPENDS - 2))).isEqualTo(APPENDS - 2);
        assertThat(from(APPENDS - 2, MANY_BYTES)).containsExactly("" + (APPENDS - 2), "" + (APPENDS - 1));
        assertThat(errorOf(store.read(ORDERS, APPENDS - 3, 1)).code()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
    }

    @Test
    void aDamagedOneIsNamedAndTheOthersOfItsEntryAreRead() {
        int end = damageTheSecondOfTheLastEntry();
        int bad = end + 1;
        assertThat(from(end, MANY_BYTES)).containsExactly("" + end);
        PortaskException error = errorOf(store.read(ORDERS, bad, MANY_BYTES));
        assertThat(error.code()).isEqualTo(ErrorCode.CORRUPT_STORE);
        assertThat(error.getMessage()).contains("offset " + bad, "Read on at offset " + (bad + 1));
        assertThat(from(bad + 1, MANY_BYTES)).isEqualTo(numbers(bad + 1, APPENDS));
    }

    /** Returns the offset of the first in that entry. All batches of these tests have one message. */
    private int damageTheSecondOfTheLastEntry() {
        String log = RawRedis.log(prefix, ORDERS);
        Number first = raw.commands().eval("""
                        local all = redis.call('XRANGE', KEYS[1], '-', '+')
                        local previous = tonumber(string.match(all[#all - 1][1], '^%d+'))
                        for i, entry in ipairs(all) do
                          local bytes = entry[2][2]
                          if i == #all then
                            local second = 12 + struct.unpack('>i4', bytes, 9)
                            local at = second + 62
                            bytes = string.sub(bytes, 1, at) .. string.char((string.byte(bytes, at + 1) + 1) % 256)
                              .. string.sub(bytes, at + 2)
                          end
                          redis.call('XADD', KEYS[2], entry[1], 'b', bytes, 'i', entry[2][4])
                        end
                        redis.call('RENAME', KEYS[2], KEYS[1])
                        return previous""", ScriptOutputType.INTEGER, new String[] {log, log + ":damaged"});
        return first.intValue();
    }
}
