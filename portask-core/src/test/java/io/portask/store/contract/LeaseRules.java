package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.errorOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.store.Lease;
import io.portask.store.Leases;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What brokers that take turns rely on: leases, and that what an earlier holder commits is refused. */
interface LeaseRules extends StoreRules {
    Duration LONG = Duration.ofHours(1);
    Duration SHORT = Duration.ofMillis(1);

    private Leases leases() {
        return probe().store().leases();
    }

    private Lease acquire(String name, String holder) {
        return await(leases().acquire(name, holder, LONG));
    }

    /** Waits until another's lease has expired. */
    private Lease succeed(Lease other, String holder) {
        Lease lease = other;
        while (!lease.isHeldBy(holder)) {
            lease = acquire(other.name(), holder);
        }
        return lease;
    }

    @Test
    default void aNameHasOneHolderAtATime() {
        Lease held = acquire("group {a} grüße", "node 1 at 127.0.0.1:80");
        assertThat(held.name()).isEqualTo("group {a} grüße");
        assertThat(held.holder()).isEqualTo("node 1 at 127.0.0.1:80");
        assertThat(held.token()).isPositive();
        assertThat(acquire(held.name(), "node 2")).isEqualTo(held);
        assertThat(await(leases().find(held.name()))).contains(held);
        assertThat(acquire("other", "node 2").isHeldBy("node 2")).isTrue();
    }

    @Test
    default void whatNobodyHoldsIsNotFound() {
        assertThat(await(leases().find("group"))).isEmpty();
        await(leases().release(acquire("group", "node 1")));
        assertThat(await(leases().find("group"))).isEmpty();
    }

    @Test
    default void tokensGrowThroughReleaseExpiryAndAcquiringAgain() {
        Lease first = acquire("group", "node 1");
        await(leases().release(first));
        Lease second = acquire("group", "node 2");
        assertThat(second.token()).isGreaterThan(first.token());
        Lease again = await(leases().acquire("group", "node 2", SHORT));
        assertThat(again.token()).isGreaterThan(second.token());
        Lease third = succeed(again, "node 3");
        assertThat(third.token()).isGreaterThan(again.token());
    }

    @Test
    default void aHolderRenewsWithItsTokenUntilItIsReplaced() {
        Lease held = await(leases().acquire("group", "node 1", Duration.ofMinutes(1)));
        Lease renewed = await(leases().renew(held, LONG)).orElseThrow();
        assertThat(renewed.token()).isEqualTo(held.token());
        assertThat(renewed.expiresMs()).isGreaterThan(held.expiresMs());
        Lease replaced = acquire("group", "node 1");
        assertThat(await(leases().renew(renewed, LONG))).isEmpty();
        await(leases().release(renewed));
        assertThat(await(leases().find("group"))).contains(replaced);
    }

    @Test
    default void aLeaseThatHasExpiredIsNotRenewed() {
        Lease held = await(leases().acquire("group", "node 1", SHORT));
        Lease next = succeed(held, "node 2");
        assertThat(await(leases().renew(held, LONG))).isEmpty();
        await(leases().release(held));
        assertThat(await(leases().find("group"))).contains(next);
    }

    @Test
    default void namesHoldersAndTimesAreBounded() {
        String most = "ü".repeat(Leases.MAX_BYTES / 2);
        assertThat(acquire(most, most).isHeldBy(most)).isTrue();
        assertInvalid(leases().acquire("", "node", LONG));
        assertInvalid(leases().acquire(most + "x", "node", LONG));
        assertInvalid(leases().acquire("group", "", LONG));
        assertInvalid(leases().acquire("group", most + "x", LONG));
        assertInvalid(leases().acquire("group", "node", Duration.ZERO));
        assertInvalid(leases().acquire("group", "node", Leases.LONGEST.plusMillis(1)));
        assertInvalid(leases().renew(acquire("group", "node"), Duration.ZERO));
        assertInvalid(leases().find(""));
    }

    private static void assertInvalid(CompletionStage<?> stage) {
        assertThat(errorOf(stage).code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    default void offsetsOfAnEarlierHolderAreRefused() {
        await(probe().store().commitOffsets("group", Map.of(ORDERS, 5L), 7));
        await(probe().store().commitOffsets("group", Map.of(ORDERS, 6L), 7));
        await(probe().store().commitOffsets("group", Map.of(), 8));
        CompletionStage<?> late = probe().store().commitOffsets("group", Map.of(ORDERS, 9L), 7);
        assertThat(errorOf(late).code()).isEqualTo(ErrorCode.STALE_GENERATION);
        assertThat(await(probe().store().committedOffsets("group"))).containsExactly(Map.entry(ORDERS, 6L));
        await(probe().store().commitOffsets("other", Map.of(ORDERS, 1L), 1));
        await(probe().store().commitOffsets("group", Map.of(ORDERS, 2L), 8));
        assertThat(await(probe().store().committedOffsets("group"))).containsExactly(Map.entry(ORDERS, 2L));
        assertThat(await(probe().store().consumers())).containsExactlyInAnyOrder("group", "other");
    }

    @Test
    default void keepingEarlierHoldersOutMakesNoConsumer() {
        await(probe().store().commitOffsets("group", Map.of(), 8));
        assertThat(await(probe().store().consumers())).isEmpty();
        assertThat(await(probe().store().committedOffsets("group"))).isEmpty();
        assertInvalid(probe().store().commitOffsets("group", Map.of(ORDERS, -1L), 9));
    }
}
