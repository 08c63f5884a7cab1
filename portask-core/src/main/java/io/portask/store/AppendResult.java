package io.portask.store;

import io.portask.record.Durability;

/**
 * What an append did.
 *
 * @param baseOffset the offset of the first record
 * @param nextOffset the offset after the last record of this append
 * @param durability the level that was reached
 * @param duplicate whether an idempotent producer had stored all of it before; the offsets are then the first ones
 */
public record AppendResult(long baseOffset, long nextOffset, Durability durability, boolean duplicate) {}
