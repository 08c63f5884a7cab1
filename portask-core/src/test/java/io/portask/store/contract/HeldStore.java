package io.portask.store.contract;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.StoreContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The memory store, with operations that complete, or fail, when the test says so; it counts results that were not closed. */
public final class HeldStore {
    private final MessageStore memory =
            MessageStores.create("memory:", new StoreContext(new SimpleMeterRegistry(), Clock.systemUTC()));
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();
    private String heldMethod = "";
    private PortaskException failure;
    private String failingMethod = "";
    public int openResults;
    public int reads;

    public MessageStore store() {
        return (MessageStore) Proxy.newProxyInstance(
                HeldStore.class.getClassLoader(), new Class<?>[] {MessageStore.class}, this::invoke);
    }

    /** Calls of this method, {@code append} or {@code read}, complete on {@link #release} from now on. */
    public void hold(String method) {
        heldMethod = method;
    }

    public void fail(String method, ErrorCode code) {
        failingMethod = method;
        failure = new PortaskException(code, "The test wants this to fail");
    }

    public int heldCount() {
        return held.size();
    }

    public void release() {
        for (Runnable one = held.poll(); one != null; one = held.poll()) {
            one.run();
        }
    }

    public void releaseNewestFirst() {
        while (!held.isEmpty()) {
            held.removeLast().run();
        }
    }

    private Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals(failingMethod)) {
            return CompletableFuture.failedFuture(failure);
        }
        Object result;
        try {
            result = method.invoke(memory, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        if (method.getName().equals("read")) {
            reads++;
            result = ((CompletionStage<?>) result).thenApply(read -> counted((FetchResult) read));
        }
        if (!method.getName().equals(heldMethod)) {
            return result;
        }
        CompletableFuture<Object> later = new CompletableFuture<>();
        ((CompletionStage<?>) result)
                .whenComplete((value, error) -> held.add(() -> {
                    if (error == null) {
                        later.complete(value);
                    } else {
                        later.completeExceptionally(error);
                    }
                }));
        return later;
    }

    private FetchResult counted(FetchResult read) {
        openResults++;
        ByteSource source = ByteSource.of(read.batches().buffer(), () -> {
            openResults--;
            read.close();
        });
        return new FetchResult(read.startOffset(), read.endOffset(), read.nextOffset(), source);
    }
}
