/** A {@link io.portask.store.MessageStore} on Redis. {@code docs/REDIS.md} shows its keys and says what is lost when. */
@NullMarked
package io.portask.store.redis;

import org.jspecify.annotations.NullMarked;
