package io.portask.client;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code host:port}, {@code [v6]:port} and lists of them with commas. The names are resolved when connecting. */
final class ServerAddresses {
    private static final int MAX_PORT = 65_535;

    private ServerAddresses() {}

    static List<InetSocketAddress> parse(String text) {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String one : text.split(",", -1)) {
            addresses.add(parseOne(one.trim()));
        }
        return List.copyOf(addresses);
    }

    private static InetSocketAddress parseOne(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (host.isEmpty() || (host.indexOf(':') >= 0 && !bracketed)) {
            throw malformed(text);
        }
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port < 1 || port > MAX_PORT) {
                throw malformed(text);
            }
            return InetSocketAddress.createUnresolved(bracketed ? host.substring(1, host.length() - 1) : host, port);
        } catch (NumberFormatException e) {
            throw malformed(text);
        }
    }

    private static RuntimeException malformed(String text) {
        return ConfigCheck.invalid("server is '" + text
                + "'; allowed is host:port, for example 127.0.0.1:9092, and several of them with commas");
    }

    /** For people: {@code host:port}. */
    static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
