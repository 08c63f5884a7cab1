package io.portask.http.access;

import com.sun.net.httpserver.Headers;
import io.portask.error.ErrorCode;
import io.portask.http.exchange.Problem;
import io.portask.http.exchange.UpgradeAnswer.Refused;
import io.portask.http.exchange.UpgradeHandler;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may call, before anything is done for a request: by the name that the server is called by, by the page that calls,
 * and by a token where there are any. Any thread.
 */
public final class AccessGuard {
    /** They tell whether the server lives, to whoever watches it, and need no token. */
    private static final Set<String> OPEN_PATHS = Set.of("/health", "/health/live", "/health/ready");

    private final OriginRule origins;
    private final HostRule hosts;
    private final BearerTokens tokens;

    /**
     * @param origins see {@link OriginRule}
     * @param hostNames see {@link HostRule}
     * @param tokens who knows one of them may call; everybody if there are none
     */
    public AccessGuard(Collection<String> origins, Collection<String> hostNames, Collection<String> tokens) {
        this.origins = new OriginRule(origins);
        this.hosts = new HostRule(hostNames);
        this.tokens = new BearerTokens(tokens);
    }

    /**
     * Null if the request may go on.
     *
     * @param local this end of the connection
     */
    public @Nullable Refused refusal(URI uri, Headers request, SocketAddress local) {
        return refusal(uri, request, local, false);
    }

    /** An upgrade that happens only if the request may go on. */
    public UpgradeHandler guarded(UpgradeHandler handler) {
        return (method, uri, headers, connection) -> {
            Refused refused = refusal(uri, headers, connection.localAddress(), true);
            return refused == null ? handler.answer(method, uri, headers, connection) : refused;
        };
    }

    private @Nullable Refused refusal(URI uri, Headers request, SocketAddress local, boolean upgrade) {
        if (!hosts.allows(request, local)) {
            return new Refused(
                    Problem.of(403, "This server is not called by this name; its hostNames has those that it is"),
                    new Headers());
        }
        if (!origins.allows(request)) {
            return new Refused(
                    Problem.of(403, "Pages of this origin may not call; the server's corsOrigins has those that may"),
                    new Headers());
        }
        if (!tokens.areNeeded() || OPEN_PATHS.contains(String.valueOf(uri.getRawPath()))) {
            return null;
        }
        byte[] given = BearerTokens.given(request, upgrade);
        return given != null && tokens.contain(given) ? null : unauthenticated(given != null);
    }

    private static Refused unauthenticated(boolean wrong) {
        Headers headers = new Headers();
        headers.set("WWW-Authenticate", "Bearer realm=\"portask\"" + (wrong ? ", error=\"invalid_token\"" : ""));
        return new Refused(
                new Problem(
                        401,
                        ErrorCode.AUTHENTICATION_FAILED,
                        wrong ? "The token is not one that this server knows" : "This server asks for a token"),
                headers);
    }
}
