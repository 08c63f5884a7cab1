package io.portask.http.filter;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.portask.http.exchange.ForwardingExchange;
import io.portask.http.exchange.StreamingExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compresses responses whose length is known and large, and whose type is text, for clients that accept it. Streams, whose
 * length is not known, are left alone. A large one is compressed piece by piece where its thread is that of other connections
 * too. Any thread.
 */
public final class GzipFilter extends Filter {
    private static final Logger LOG = LoggerFactory.getLogger(GzipFilter.class);
    private static final int BUFFER_BYTES = 8 << 10;
    private static final int MAX_AT_ONCE = 64 << 10;

    private final int minBytes;

    public GzipFilter(int minBytes) {
        this.minBytes = minBytes;
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        boolean welcome = !exchange.getRequestMethod().equals("HEAD")
                && AcceptEncoding.prefersGzip(exchange.getRequestHeaders().get("Accept-Encoding"));
        chain.doFilter(welcome ? new Compressing(exchange, minBytes) : exchange);
    }

    @Override
    public String description() {
        return "gzip";
    }

    private static boolean isText(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        String type = contentType.toLowerCase(Locale.ROOT);
        return type.startsWith("text/")
                || type.startsWith("application/json")
                || type.startsWith("application/openmetrics-text")
                || type.startsWith("application/x-ndjson")
                || type.contains("+json");
    }

    private static final class Compressing extends ForwardingExchange {
        private final int minBytes;
        private @Nullable OutputStream compressed;

        Compressing(HttpExchange delegate, int minBytes) {
            super(delegate);
            this.minBytes = minBytes;
        }

        @Override
        public void sendResponseHeaders(int status, long length) throws IOException {
            Headers headers = getResponseHeaders();
            boolean compresses = length >= minBytes
                    && isText(headers.getFirst("Content-Type"))
                    && !headers.containsKey("Content-Encoding");
            if (compresses) {
                headers.set("Content-Encoding", "gzip");
                headers.add("Vary", "Accept-Encoding");
            }
            super.sendResponseHeaders(status, compresses ? 0 : length);
            if (compresses) {
                compressed = compressing(super.getResponseBody(), length);
            }
        }

        private OutputStream compressing(OutputStream target, long length) throws IOException {
            StreamingExchange hosted = StreamingExchange.of(this);
            if (hosted == null || length <= MAX_AT_ONCE || length > Integer.MAX_VALUE || !hosted.isOnLoop()) {
                return new GZIPOutputStream(target, BUFFER_BYTES);
            }
            PiecewiseGzip pieces = new PiecewiseGzip(target, (int) length, hosted.connection()::execute, super::close);
            hosted.onDone(outcome -> pieces.end());
            return pieces;
        }

        @Override
        public OutputStream getResponseBody() {
            return compressed == null ? super.getResponseBody() : compressed;
        }

        @Override
        public void close() {
            OutputStream open = compressed;
            if (open != null) {
                try {
                    open.close();
                } catch (IOException e) {
                    LOG.debug("A compressed response could not be ended", e);
                }
            }
            if (!(open instanceof PiecewiseGzip)) {
                super.close();
            }
        }
    }
}
