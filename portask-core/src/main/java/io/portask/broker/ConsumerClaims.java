package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Whose the names of consumers are now, where somebody claimed them. Any thread. */
final class ConsumerClaims {
    private final Broker broker;
    private final Map<String, ConsumerClaim> claims = new ConcurrentHashMap<>();

    ConsumerClaims(Broker broker) {
        this.broker = broker;
    }

    ConsumerClaim claim(String consumer) {
        ConsumerClaim claim = new ConsumerClaim(broker, this, ConsumerNames.check(consumer));
        if (claims.putIfAbsent(consumer, claim) != null) {
            throw taken(consumer);
        }
        return claim;
    }

    /** The name, for somebody who has no claim. */
    String checkFree(String consumer) {
        if (claims.containsKey(ConsumerNames.check(consumer))) {
            throw taken(consumer);
        }
        return consumer;
    }

    private static PortaskException taken(String consumer) {
        return new PortaskException(
                ErrorCode.GROUP_MODE_MISMATCH,
                "'" + consumer + "' is a consumer group with members; its offsets are committed by them only");
    }

    void release(String consumer, ConsumerClaim claim) {
        claims.remove(consumer, claim);
    }
}
