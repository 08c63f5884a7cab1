package io.portask.http.filter;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.portask.http.exchange.BodyException;
import io.portask.http.exchange.Problem;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Refuses bodies above a limit with 413, for servers that have no such limit of their own. Any thread. */
public final class BodyLimitFilter extends Filter {
    private final long maxBytes;

    public BodyLimitFilter(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        String announced = exchange.getRequestHeaders().getFirst("Content-Length");
        if (announced != null && length(announced) > maxBytes) {
            Problem.of(tooLarge(maxBytes)).send(exchange);
            return;
        }
        exchange.setStreams(new Limited(exchange.getRequestBody(), maxBytes), null);
        chain.doFilter(exchange);
    }

    private static long length(String announced) {
        try {
            return Long.parseLong(announced);
        } catch (NumberFormatException e) {
            // The server refuses it when it reads the body.
            return 0;
        }
    }

    @Override
    public String description() {
        return "body limit";
    }

    private static BodyException tooLarge(long maxBytes) {
        return new BodyException(413, "The body has more than the " + maxBytes + " bytes that are allowed");
    }

    private static final class Limited extends FilterInputStream {
        private final long maxBytes;
        private long read;

        Limited(InputStream in, long maxBytes) {
            super(in);
            this.maxBytes = maxBytes;
        }

        @Override
        public int read() throws IOException {
            int octet = super.read();
            count(octet < 0 ? 0 : 1);
            return octet;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = super.read(target, offset, length);
            count(Math.max(0, count));
            return count;
        }

        @Override
        public long skip(long bytes) throws IOException {
            long count = super.skip(bytes);
            count(count);
            return count;
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private void count(long bytes) throws BodyException {
            read += bytes;
            if (read > maxBytes) {
                throw tooLarge(maxBytes);
            }
        }
    }
}
