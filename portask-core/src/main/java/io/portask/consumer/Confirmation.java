package io.portask.consumer;

import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Answers that are told once the journal holds what they promise. Belongs to the thread of the queues. */
final class Confirmation {
    private final DeliveryAnswer[] answers;
    private final CompletableFuture<List<DeliveryAnswer>> told;
    private int awaited;

    Confirmation(DeliveryAnswer[] answers, CompletableFuture<List<DeliveryAnswer>> told) {
        this.answers = answers;
        this.told = told;
    }

    /** One more partition has to say that it is stored. */
    void await() {
        awaited++;
    }

    void stored() {
        awaited--;
        tellIfStored();
    }

    void tellIfStored() {
        if (awaited == 0) {
            told.complete(Arrays.asList(answers));
        }
    }

    void failed(PortaskException error) {
        told.completeExceptionally(error);
    }
}
