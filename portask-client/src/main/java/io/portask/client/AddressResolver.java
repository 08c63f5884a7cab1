package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Looks up host names, which may take long, on a short-lived thread; numeric addresses at once. */
final class AddressResolver {
    private static final Pattern NUMERIC = Pattern.compile("[0-9.]+|[0-9a-fA-F:.%a-z]*:[0-9a-fA-F:.%a-z]*");

    private AddressResolver() {}

    /** One of the two is called, on any thread. */
    static void resolve(
            InetSocketAddress address, Consumer<InetSocketAddress> onResolved, Consumer<PortaskException> onFailure) {
        if (!address.isUnresolved() || NUMERIC.matcher(address.getHostString()).matches()) {
            lookUp(address, onResolved, onFailure);
            return;
        }
        Thread thread = new Thread(() -> lookUp(address, onResolved, onFailure), "portask-client-resolver");
        thread.setDaemon(true);
        thread.start();
    }

    private static void lookUp(
            InetSocketAddress address, Consumer<InetSocketAddress> onResolved, Consumer<PortaskException> onFailure) {
        InetSocketAddress resolved;
        try {
            resolved = new InetSocketAddress(InetAddress.getByName(address.getHostString()), address.getPort());
        } catch (UnknownHostException e) {
            onFailure.accept(new PortaskException(
                    ErrorCode.CONNECTION_LOST,
                    "Cannot connect to " + ServerAddresses.text(address) + ": the host name is unknown",
                    e));
            return;
        }
        onResolved.accept(resolved);
    }
}
