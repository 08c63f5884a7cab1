package io.portask.http.wire;

import com.sun.net.httpserver.Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes down what a decoder tells, one line for each request, and feeds it as a transport does. */
final class DecodedRequests implements RequestSink {
    static final DecoderLimits LIMITS = new DecoderLimits(2048, 20, 256);

    final List<String> told = new ArrayList<>();
    private final RequestDecoder decoder = new RequestDecoder(LIMITS);
    private final long maxBodyBytes;
    private ByteBuffer left = ByteBuffer.allocate(0);
    private StringBuilder body = new StringBuilder();
    private String head = "";
    private boolean inRequest;
    int refusedWith;

    DecodedRequests(long maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
    }

    static DecodedRequests of(String latin) {
        DecodedRequests decoded = new DecodedRequests(1000);
        decoded.feed(latin.getBytes(StandardCharsets.ISO_8859_1));
        return decoded;
    }

    /** Behind what the decoder left, in a direct buffer with bytes around it. */
    void feed(byte... bytes) {
        ByteBuffer all = ByteBuffer.allocateDirect(3 + left.remaining() + bytes.length + 2)
                .position(3);
        all.put(left).put(bytes).flip().position(3);
        int before = all.remaining();
        int needed = decoder.decode(all, this);
        if (all.hasRemaining() ? needed <= all.remaining() : needed != 0) {
            throw new AssertionError("needs " + needed + " with " + all.remaining() + " of " + before + " left");
        }
        left = ByteBuffer.allocate(all.remaining()).put(all).flip();
    }

    int leftBytes() {
        return left.remaining();
    }

    @Override
    public long onHead(RequestHead request) {
        expect(!inRequest, "a head within a request");
        inRequest = true;
        Map<String, List<String>> fields = new TreeMap<>(request.headers());
        head = request.method() + " " + request.uri() + " 1." + request.minorVersion() + " " + fields + " length "
                + request.contentLength() + (request.keepAlive() ? "" : " close")
                + (request.expectsContinue() ? " expects" : "");
        body = new StringBuilder();
        return maxBodyBytes;
    }

    @Override
    public void onBody(ByteBuffer part) {
        expect(inRequest && part.hasRemaining(), "a part of no body");
        body.append(StandardCharsets.ISO_8859_1.decode(part));
        expect(body.length() <= maxBodyBytes, "more than is allowed");
    }

    @Override
    public void onEnd(Headers trailers) {
        expect(inRequest, "an end of no request");
        inRequest = false;
        told.add(head + " body " + body
                + (trailers == null || trailers.isEmpty() ? "" : " trailers " + trailers.entrySet()));
    }

    @Override
    public void onRefused(int status, String reason) {
        expect(refusedWith == 0, "a second refusal");
        refusedWith = status;
        told.add("refused with " + status + ": " + reason);
    }

    @Override
    public boolean wantsMore() {
        return true;
    }

    private void expect(boolean condition, String what) {
        if (!condition || refusedWith != 0) {
            throw new AssertionError("The decoder told of " + what + " after " + told);
        }
    }
}
