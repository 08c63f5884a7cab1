package io.portask.http.rest;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Asks for many things one after the other, so that one request does not ask a store for a thousand at once. */
final class OneByOne {
    private OneByOne() {}

    /** What was asked for each, in the order of the keys; fails with the first that does. */
    static <K, V> CompletionStage<Map<K, V>> collect(Collection<K> keys, Function<K, CompletionStage<V>> question) {
        Map<K, V> found = new LinkedHashMap<>();
        CompletionStage<Map<K, V>> done = CompletableFuture.completedFuture(found);
        for (K key : keys) {
            done = done.thenCompose(before -> question.apply(key).thenApply(value -> {
                before.put(key, value);
                return before;
            }));
        }
        return done;
    }
}
