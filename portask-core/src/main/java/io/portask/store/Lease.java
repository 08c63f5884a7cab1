package io.portask.store;

/**
 * A name that one holder has until it expires.
 *
 * @param token greater than that of every lease of this name before; what its holder writes is told apart by it
 * @param holder who has it, in words of its own
 * @param expiresMs when it ends unless it is renewed, in ms since 1970 by the store's clock, which may differ from the holder's
 */
public record Lease(String name, long token, String holder, long expiresMs) {
    public boolean isHeldBy(String other) {
        return holder.equals(other);
    }
}
