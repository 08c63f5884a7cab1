package io.portask.store;

/**
 * Whether a store can serve now.
 *
 * @param available whether appends and reads have a chance
 * @param text what it is, or what is wrong, for people; names no secrets
 */
public record StoreHealth(boolean available, String text) {}
