package io.portask.store.redis;

import io.portask.store.EndListener;
import java.time.Clock;

/**
 * What all appenders of a store share.
 *
 * @param health knows the level that an acknowledged append has reached
 * @param ends told of new ends
 */
record AppendContext(
        RedisConfig config,
        RedisLink link,
        Keys keys,
        RedisTopics topics,
        InFlightBytes inFlight,
        Clock clock,
        RedisHealth health,
        EndListener ends) {}
