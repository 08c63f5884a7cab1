package io.portask.store.contract;

/** A part of the contract. The store is started and holds the topic {@code orders} with one partition. */
interface StoreRules {
    StoreProbe probe();
}
