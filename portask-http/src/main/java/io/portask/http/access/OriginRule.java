package io.portask.http.access;

import com.sun.net.httpserver.Headers;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which pages of a browser may call. A page may if its origin is listed, or {@code *} is, or if it came from this very host and
 * port, reached by {@code localhost} or by an address. A host name does not vouch for a page: its owner can point it anywhere,
 * also here (DNS rebinding). Who sends no {@code Origin} is no page, or a page that only looks. Any thread.
 */
public final class OriginRule {
    private final Set<String> listed;
    private final boolean all;

    /** @param listed such as {@code https://example.org}; {@code *} stands for all */
    public OriginRule(Collection<String> listed) {
        this.listed =
                listed.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        all = this.listed.contains("*");
    }

    public boolean listsAll() {
        return all;
    }

    public boolean lists(String origin) {
        return all || listed.contains(origin.toLowerCase(Locale.ROOT));
    }

    public boolean allows(Headers request) {
        List<String> origins = request.get("Origin");
        if (origins == null || origins.isEmpty()) {
            return true;
        }
        return origins.size() == 1 && (lists(origins.get(0)) || isOwn(origins.get(0), request.get("Host")));
    }

    private static boolean isOwn(String origin, @Nullable List<String> hosts) {
        if (hosts == null || hosts.size() != 1) {
            return false;
        }
        String host = hosts.get(0);
        return (origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host))
                && HostRule.isLocalhostOrAddress(host);
    }
}
