package io.portask.http.access;

import com.sun.net.httpserver.Headers;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * By which names a server is called over the loopback: {@code localhost}, an address, and those that are configured. A browser
 * that was told that some other name is this machine sends that name, and its page is not to drive the server. Any thread.
 */
public final class HostRule {
    private static final Pattern PORT = Pattern.compile(":[0-9]*$");
    private static final Pattern LOCALHOST_OR_ADDRESS =
            Pattern.compile("(?i)(localhost|\\[[0-9a-f:.]+]|[0-9]{1,3}(\\.[0-9]{1,3}){3})(:[0-9]+)?");

    private final Set<String> names;

    /** Callers repeat themselves. */
    private volatile String lastAllowed = "localhost";

    public HostRule(Collection<String> names) {
        this.names = names.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
    }

    /** @param host as in the field {@code Host} */
    static boolean isLocalhostOrAddress(String host) {
        return LOCALHOST_OR_ADDRESS.matcher(host).matches();
    }

    /** @param local this end of the connection */
    public boolean allows(Headers request, SocketAddress local) {
        List<String> hosts = request.get("Host");
        if (hosts == null || !isLoopback(local)) {
            return true;
        }
        for (String host : hosts) {
            if (!host.equals(lastAllowed)) {
                if (!isLocalhostOrAddress(host)
                        && !names.contains(PORT.matcher(host).replaceFirst("").toLowerCase(Locale.ROOT))) {
                    return false;
                }
                lastAllowed = host;
            }
        }
        return true;
    }

    private static boolean isLoopback(SocketAddress local) {
        return local instanceof InetSocketAddress inet
                && inet.getAddress() != null
                && inet.getAddress().isLoopbackAddress();
    }
}
