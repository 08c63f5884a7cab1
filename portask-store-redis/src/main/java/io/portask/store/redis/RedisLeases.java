package io.portask.store.redis;

import io.portask.store.Lease;
import io.portask.store.Leases;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The leases of all nodes on one Redis, whose clock decides. They lie in one slot of a cluster, as one count gives them their tokens. */
final class RedisLeases implements Leases {
    private static final int LANE = 0;

    private final RedisLink link;
    private final Keys keys;

    RedisLeases(RedisLink link, Keys keys) {
        this.link = link;
        this.keys = keys;
    }

    @Override
    public CompletionStage<Lease> acquire(String name, String holder, Duration ttl) {
        Leases.checkName(name);
        Leases.checkHolder(holder);
        byte[][] taken = {keys.lease(name), keys.lastToken()};
        return run("Acquiring", Script.ACQUIRE_LEASE, name, taken, Keys.bytes(holder), Keys.bytes(Leases.checkTtl(ttl)))
                .thenApply(Optional::orElseThrow);
    }

    @Override
    public CompletionStage<Optional<Lease>> renew(Lease lease, Duration ttl) {
        return run(
                "Renewing",
                Script.RENEW_LEASE,
                lease.name(),
                new byte[][] {keys.lease(lease.name())},
                Keys.bytes(lease.token()),
                Keys.bytes(Leases.checkTtl(ttl)));
    }

    @Override
    public CompletionStage<@Nullable Void> release(Lease lease) {
        return run(
                        "Releasing",
                        Script.RELEASE_LEASE,
                        lease.name(),
                        new byte[][] {keys.lease(lease.name())},
                        Keys.bytes(lease.token()))
                .thenAccept(gone -> {});
    }

    @Override
    public CompletionStage<Optional<Lease>> find(String name) {
        Leases.checkName(name);
        return run("Looking for", Script.FIND_LEASE, name, new byte[][] {keys.lease(name)});
    }

    private CompletionStage<Optional<Lease>> run(
            String doing, Script script, String name, byte[][] scriptKeys, byte[]... args) {
        String what = doing + " the lease of '" + name + "'";
        return RedisErrors.naming(what, link.run(LANE, script, scriptKeys, List.of(args)))
                .thenApply(reply -> reply.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Lease(
                                name, (Long) reply.get(0), Keys.text((byte[]) reply.get(1)), (Long) reply.get(2))));
    }
}
