package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.MessageStore;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Creates topics up to a number. It asks the store once what is there, before the first creation, and then keeps count; where
 * the store is shared, it asks again after each refusal. Any thread.
 */
final class TopicLimit {
    private final MessageStore store;
    private final int maxTopics;
    private final Set<String> names = ConcurrentHashMap.newKeySet();
    private final AtomicInteger creating = new AtomicInteger();
    private volatile boolean complete;

    TopicLimit(MessageStore store, int maxTopics) {
        this.store = store;
        this.maxTopics = maxTopics;
    }

    /** Fails with {@link ErrorCode#OVERLOADED} where there are too many, and as the store does. */
    CompletionStage<TopicDescription> create(TopicSpec spec) {
        if (complete) {
            return createCounted(spec);
        }
        return store.listTopics().thenCompose(all -> {
            Set<String> there = ReservedTopics.visible(all).stream()
                    .map(TopicDescription::name)
                    .collect(Collectors.toSet());
            names.retainAll(there);
            names.addAll(there);
            complete = true;
            return createCounted(spec);
        });
    }

    private CompletionStage<TopicDescription> createCounted(TopicSpec spec) {
        boolean fits = names.size() + creating.getAndIncrement() < maxTopics;
        if (!fits && !names.contains(spec.name())) {
            creating.decrementAndGet();
            complete = !store.capabilities().shared();
            return CompletableFuture.failedFuture(new PortaskException(
                    ErrorCode.OVERLOADED,
                    "There are " + maxTopics + " topics already, the most that this broker allows (maxTopics)"));
        }
        return store.createTopic(spec).whenComplete((created, error) -> {
            if (error == null) {
                names.add(spec.name());
            }
            creating.decrementAndGet();
        });
    }

    void onDeleted(String topic) {
        names.remove(topic);
    }
}
