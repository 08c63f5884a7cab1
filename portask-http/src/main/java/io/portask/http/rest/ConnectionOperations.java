package io.portask.http.rest;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.StatusException;
import io.portask.http.json.JsonBuffer;
import io.portask.net.ConnectionInfo;
import io.portask.net.Connections;
import io.portask.net.SessionInfo;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The connections of every protocol: listed and closed. */
final class ConnectionOperations {
    private final List<Connections> sources;
    private final Clock clock;

    ConnectionOperations(List<Connections> sources, Clock clock) {
        this.sources = List.copyOf(sources);
        this.clock = clock;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of("GET", "/api/v1/connections", request -> list()),
                Operation.of("DELETE", "/api/v1/connections/{id}", this::close));
    }

    private CompletionStage<RestAnswer> list() {
        CompletableFuture<List<ConnectionInfo>> all = CompletableFuture.completedFuture(List.of());
        for (Connections source : sources) {
            all = all.thenCombine(source.connections(), (before, more) -> {
                List<ConnectionInfo> joined = new ArrayList<>(before);
                joined.addAll(more);
                return joined;
            });
        }
        return all.thenApply(found -> RestAnswer.object(200, json -> {
            json.name("connections").beginArray();
            found.stream().sorted(Comparator.comparingLong(ConnectionInfo::id)).forEach(info -> write(json, info));
            json.endArray();
        }));
    }

    private void write(JsonBuffer json, ConnectionInfo info) {
        SessionInfo session = info.session();
        json.beginObject();
        json.name("id").number(info.id());
        json.name("protocol").string(info.protocol());
        json.name("peer").string(text(info.remoteAddress()));
        json.name("local").string(text(info.localAddress()));
        json.name("client").string(session.client());
        json.name("openedAt").string(info.openedAt().toString());
        json.name("ageMs").number(Math.max(0, clock.millis() - info.openedAt().toEpochMilli()));
        json.name("bytesIn").number(info.bytesIn());
        json.name("bytesOut").number(info.bytesOut());
        json.name("framesIn").number(session.framesIn());
        json.name("framesOut").number(session.framesOut());
        json.name("queuedBytes").number(info.queuedBytes());
        json.name("subscriptions").number(session.subscriptions());
        json.name("readingPaused").bool(info.readingPaused());
        json.name("closing").bool(info.closing());
        json.endObject();
    }

    private static String text(SocketAddress address) {
        if (address instanceof InetSocketAddress inet && inet.getAddress() != null) {
            String host = inet.getAddress().getHostAddress();
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort();
        }
        return address.toString();
    }

    private CompletionStage<RestAnswer> close(RestRequest request) {
        long id = id(request.path("id"));
        PortaskException reason = new PortaskException(ErrorCode.CLOSED, "An operator closed the connection");
        CompletableFuture<Boolean> closed = CompletableFuture.completedFuture(false);
        for (Connections source : sources) {
            closed = closed.thenCombine(source.closeConnection(id, reason), Boolean::logicalOr);
        }
        return closed.thenApply(any -> {
            if (!any) {
                throw new StatusException(404, "There is no connection " + id);
            }
            return RestAnswer.noContent();
        });
    }

    private static long id(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "A connection's id is a number, not " + text, e);
        }
    }
}
