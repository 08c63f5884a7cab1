package io.portask.store;

import io.portask.record.Durability;

/**
 * What a store can do.
 *
 * @param maxDurability the highest level that an append can reach; every lower one can be asked for too
 * @param defaultDurability the level of a publish that names none
 * @param shared whether several brokers may use the same data at the same time
 * @param compaction whether topics can be {@link TopicConfig#compacted}
 */
public record StoreCapabilities(
        Durability maxDurability, Durability defaultDurability, boolean shared, boolean compaction) {}
