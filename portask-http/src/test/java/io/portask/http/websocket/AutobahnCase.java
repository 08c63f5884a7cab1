package io.portask.http.websocket;

import java.util.ArrayList;
import java.util.List;

/** One case: what a client sends, and what an echo server answers. */
final class AutobahnCase {
    final String number;
    final String rule;
    final List<byte[]> sent = new ArrayList<>();
    final List<String> expected = new ArrayList<>();

    AutobahnCase(String number, String rule) {
        this.number = number;
        this.rule = rule;
    }

    AutobahnCase frame(int first, byte[] payload) {
        sent.add(ClientFrames.frame(first, payload));
        return this;
    }

    AutobahnCase frame(int first, String payload) {
        return frame(first, ClientFrames.utf8(payload));
    }

    AutobahnCase expect(String kind, byte[] payload) {
        expected.add(ClientFrames.line(kind, payload));
        return this;
    }

    AutobahnCase expect(String kind, String payload) {
        return expect(kind, ClientFrames.utf8(payload));
    }

    AutobahnCase expectClose(int code) {
        expected.add("close " + code);
        return this;
    }

    /** The client's Close and the answer to it. */
    AutobahnCase closes() {
        sent.add(ClientFrames.close(CloseCode.NORMAL, ""));
        return expectClose(CloseCode.NORMAL);
    }

    @Override
    public String toString() {
        return number + " " + rule;
    }
}
