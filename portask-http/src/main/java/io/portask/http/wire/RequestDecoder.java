package io.portask.http.wire;

import com.sun.net.httpserver.Headers;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes of one connection apart into requests (RFC 9112). Keeps no bytes: what is incomplete stays in the caller's
 * buffer and is shown again with more. One thread.
 */
public final class RequestDecoder {
    private enum State {
        HEAD,
        FIXED_BODY,
        CHUNK_LINE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILERS,
        REFUSED
    }

    private static final ThreadLocal<byte[]> SECTION = ThreadLocal.withInitial(() -> new byte[4096]);

    private final DecoderLimits limits;
    private final SectionScanner scanner = new SectionScanner();
    private final RequestLine line = new RequestLine();
    private final ChunkLine chunkLine = new ChunkLine();
    private State state = State.HEAD;
    private boolean skippedLine;
    private long left;
    private long bodyBytes;
    private long maxBodyBytes;

    public RequestDecoder(DecoderLimits limits) {
        this.limits = limits;
    }

    /**
     * Consumes what it can.
     *
     * @return how many bytes from the new position on are needed to go on; 0 if none are left
     */
    public int decode(ByteBuffer bytes, RequestSink sink) {
        try {
            boolean going = true;
            while (going && bytes.hasRemaining() && state != State.REFUSED && sink.wantsMore()) {
                going = step(bytes, sink);
            }
        } catch (Refusal refusal) {
            state = State.REFUSED;
            sink.onRefused(refusal.status(), String.valueOf(refusal.getMessage()));
        }
        if (state == State.REFUSED) {
            bytes.position(bytes.limit());
        }
        return bytes.hasRemaining() ? bytes.remaining() + 1 : 0;
    }

    /** False if more bytes are needed. */
    private boolean step(ByteBuffer bytes, RequestSink sink) {
        return switch (state) {
            case HEAD -> head(bytes, sink);
            case FIXED_BODY -> fixedBody(bytes, sink);
            case CHUNK_LINE -> chunkLine(bytes);
            case CHUNK_DATA -> chunkData(bytes, sink);
            case CHUNK_END -> chunkEnd(bytes);
            case TRAILERS -> trailers(bytes, sink);
            case REFUSED -> false;
        };
    }

    private boolean head(ByteBuffer bytes, RequestSink sink) {
        byte first = bytes.get(bytes.position());
        if (first == '\r' && !skippedLine) {
            return skipEmptyLine(bytes);
        }
        int length = scanner.scan(bytes, limits.maxHeadBytes(), RequestLine.maxBytes(limits.maxTargetBytes()));
        if (length == SectionScanner.INCOMPLETE) {
            return false;
        }
        byte[] section = take(bytes, length);
        KnownHeads known = KnownHeads.ofThread();
        RequestHead head = known.find(section, length, limits);
        if (head == null) {
            int fields = line.parse(section, limits.maxTargetBytes());
            head = Framing.head(line, FieldParser.parse(section, fields, length, limits.maxFields()));
            known.add(section, length, limits, head);
        }
        begin(head, sink);
        return true;
    }

    /** One empty line before a request line is left over from careless clients (RFC 9112 section 2.2). */
    private boolean skipEmptyLine(ByteBuffer bytes) {
        if (bytes.remaining() < 2) {
            return false;
        }
        if (bytes.get(bytes.position() + 1) != '\n') {
            throw Refusal.bad("A carriage return stands alone");
        }
        bytes.position(bytes.position() + 2);
        skippedLine = true;
        return true;
    }

    private void begin(RequestHead head, RequestSink sink) {
        skippedLine = false;
        bodyBytes = 0;
        maxBodyBytes = sink.onHead(head);
        if (head.contentLength() > maxBodyBytes) {
            throw tooLarge();
        }
        if (head.contentLength() == RequestHead.CHUNKED) {
            state = State.CHUNK_LINE;
        } else if (head.hasBody()) {
            left = head.contentLength();
            state = State.FIXED_BODY;
        } else {
            sink.onEnd(null);
        }
    }

    private boolean fixedBody(ByteBuffer bytes, RequestSink sink) {
        part(bytes, sink);
        if (left == 0) {
            end(sink, null);
        }
        return true;
    }

    private boolean chunkLine(ByteBuffer bytes) {
        if (!chunkLine.read(bytes)) {
            return false;
        }
        left = chunkLine.size();
        chunkLine.reset();
        if (left > maxBodyBytes - bodyBytes) {
            throw tooLarge();
        }
        bodyBytes += left;
        state = left == 0 ? State.TRAILERS : State.CHUNK_DATA;
        return true;
    }

    private boolean chunkData(ByteBuffer bytes, RequestSink sink) {
        part(bytes, sink);
        if (left == 0) {
            state = State.CHUNK_END;
        }
        return true;
    }

    private boolean chunkEnd(ByteBuffer bytes) {
        if (bytes.get(bytes.position()) != '\r') {
            throw noChunkEnd();
        }
        if (bytes.remaining() < 2) {
            return false;
        }
        if (bytes.get(bytes.position() + 1) != '\n') {
            throw noChunkEnd();
        }
        bytes.position(bytes.position() + 2);
        state = State.CHUNK_LINE;
        return true;
    }

    private boolean trailers(ByteBuffer bytes, RequestSink sink) {
        int length = scanner.scan(bytes, limits.maxHeadBytes(), Integer.MAX_VALUE);
        if (length == SectionScanner.INCOMPLETE) {
            return false;
        }
        Headers trailers = FieldParser.parse(take(bytes, length), 0, length, limits.maxFields());
        if (trailers.containsKey("Content-Length")
                || trailers.containsKey("Transfer-Encoding")
                || trailers.containsKey("Host")) {
            throw Refusal.bad("A trailer says what only a head may say");
        }
        end(sink, trailers);
        return true;
    }

    private void part(ByteBuffer bytes, RequestSink sink) {
        int count = (int) Math.min(left, bytes.remaining());
        int end = bytes.position() + count;
        int limit = bytes.limit();
        left -= count;
        sink.onBody(bytes.limit(end));
        bytes.limit(limit).position(end);
    }

    private void end(RequestSink sink, @Nullable Headers trailers) {
        state = State.HEAD;
        sink.onEnd(trailers);
    }

    private byte[] take(ByteBuffer bytes, int length) {
        byte[] section = SECTION.get();
        if (section.length < length) {
            section = new byte[Math.max(length, limits.maxHeadBytes())];
            SECTION.set(section);
        }
        bytes.get(section, 0, length);
        return section;
    }

    private Refusal tooLarge() {
        return new Refusal(
                Refusal.CONTENT_TOO_LARGE, "The body has more than the " + maxBodyBytes + " bytes that are allowed");
    }

    private static Refusal noChunkEnd() {
        return Refusal.bad("The data of a chunk is not followed by CR LF");
    }
}
