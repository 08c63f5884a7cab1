package io.portask.http.websocket;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Cases after the public list of the Autobahn test suite, by its numbers, without 6 (UTF-8) and with smaller sizes in 9. */
final class AutobahnCases {
    static final int FIN = 0x80;
    private static final int TEXT = FIN | Opcode.TEXT;
    private static final int BINARY = FIN | Opcode.BINARY;
    private static final int CLOSE = FIN | Opcode.CLOSE;
    private static final int PING = FIN | Opcode.PING;
    private static final int PONG = FIN | Opcode.PONG;
    private static final int LAST = FIN;
    private static final int MORE = 0;
    private static final byte[] NOTHING = {};
    private static final String HELLO = "Hello, world!";

    private final List<AutobahnCase> cases = new ArrayList<>();

    private AutobahnCases() {}

    static List<AutobahnCase> all() {
        AutobahnCases all = new AutobahnCases();
        all.framing();
        all.pings();
        all.reservedBits();
        all.opcodes();
        all.fragmentation();
        all.fragmentationErrors();
        all.closeHandling();
        all.closeCodes();
        all.limits();
        return all.cases;
    }

    private AutobahnCase add(String number, String rule) {
        AutobahnCase added = new AutobahnCase(number, rule);
        cases.add(added);
        return added;
    }

    static byte[] filled(int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) '*');
        return bytes;
    }

    private void framing() {
        int[] sizes = {0, 125, 126, 127, 128, 65535, 65536, 65536};
        for (int i = 0; i < sizes.length; i++) {
            byte[] payload = filled(sizes[i]);
            add("1.1." + (i + 1), "text of " + sizes[i] + " bytes")
                    .frame(TEXT, payload)
                    .expect("text", payload)
                    .closes();
            Arrays.fill(payload, (byte) 0xFE);
            add("1.2." + (i + 1), "binary of " + sizes[i] + " bytes")
                    .frame(BINARY, payload)
                    .expect("binary", payload)
                    .closes();
        }
    }

    private void pings() {
        byte[] noText = ClientFrames.hex("00fffefdfcfb00ff");
        byte[] largest = new byte[125];
        Arrays.fill(largest, (byte) 0xFE);
        add("2.1", "ping without payload")
                .frame(PING, NOTHING)
                .expect("pong", NOTHING)
                .closes();
        add("2.2", "ping with text").frame(PING, HELLO).expect("pong", HELLO).closes();
        add("2.3", "ping with bytes").frame(PING, noText).expect("pong", noText).closes();
        add("2.4", "ping of 125 bytes")
                .frame(PING, largest)
                .expect("pong", largest)
                .closes();
        add("2.5", "ping of 126 bytes").frame(PING, filled(126)).expectClose(1002);
        add("2.6", "ping of 125 bytes in pieces")
                .frame(PING, largest)
                .expect("pong", largest)
                .closes();
        add("2.7", "pong nobody asked for").frame(PONG, NOTHING).closes();
        add("2.8", "pong with payload nobody asked for").frame(PONG, HELLO).closes();
        add("2.9", "pong nobody asked for, then ping")
                .frame(PONG, HELLO)
                .frame(PING, "ping")
                .expect("pong", "ping")
                .closes();
        for (String number : List.of("2.10", "2.11")) {
            AutobahnCase tenPings = add(number, "ten pings");
            for (int i = 0; i < 10; i++) {
                tenPings.frame(PING, "payload-" + i).expect("pong", "payload-" + i);
            }
            tenPings.closes();
        }
    }

    private void reservedBits() {
        add("3.1", "RSV 1 in text").frame(TEXT | 0x10, HELLO).expectClose(1002);
        for (int i = 2; i <= 4; i++) {
            add("3." + i, "RSV " + i + " behind good text")
                    .frame(TEXT, HELLO)
                    .frame(TEXT | i << 4, HELLO)
                    .frame(PING, NOTHING)
                    .expect("text", HELLO)
                    .expectClose(1002);
        }
        add("3.5", "RSV 5 in binary").frame(BINARY | 0x50, NOTHING).expectClose(1002);
        add("3.6", "RSV 6 in ping").frame(PING | 0x60, HELLO).expectClose(1002);
        add("3.7", "RSV 7 in Close").frame(CLOSE | 0x70, NOTHING).expectClose(1002);
    }

    private void opcodes() {
        for (int kind = 1; kind <= 2; kind++) {
            int first = kind == 1 ? 3 : 11;
            for (int i = 1; i <= 5; i++) {
                AutobahnCase reserved = add("4." + kind + "." + i, "reserved opcode " + (first + i - 1));
                if (i > 2) {
                    reserved.frame(TEXT, HELLO).expect("text", HELLO);
                }
                reserved.frame(FIN | (first + i - 1), i % 2 == 0 ? ClientFrames.utf8("payload") : NOTHING)
                        .frame(PING, NOTHING)
                        .expectClose(1002);
            }
        }
    }

    private void fragmentation() {
        add("5.1", "fragmented ping")
                .frame(Opcode.PING, "fra")
                .frame(LAST, "gment")
                .expectClose(1002);
        add("5.2", "fragmented pong")
                .frame(Opcode.PONG, "fra")
                .frame(LAST, "gment")
                .expectClose(1002);
        for (int i = 3; i <= 5; i++) {
            add("5." + i, "text in two fragments")
                    .frame(Opcode.TEXT, "fra")
                    .frame(LAST, "gment")
                    .expect("text", "fragment")
                    .closes();
        }
        for (int i = 6; i <= 8; i++) {
            add("5." + i, "text in two fragments, a ping between")
                    .frame(Opcode.TEXT, "fra")
                    .frame(PING, "ping")
                    .frame(LAST, "gment")
                    .expect("pong", "ping")
                    .expect("text", "fragment")
                    .closes();
        }
        for (int i = 19; i <= 20; i++) {
            add("5." + i, "text in five fragments, pings between")
                    .frame(Opcode.TEXT, "1")
                    .frame(MORE, "2")
                    .frame(PING, "ping 1")
                    .frame(MORE, "3")
                    .frame(MORE, "4")
                    .frame(PING, "ping 2")
                    .frame(LAST, "5")
                    .expect("pong", "ping 1")
                    .expect("pong", "ping 2")
                    .expect("text", "12345")
                    .closes();
        }
    }

    private void fragmentationErrors() {
        for (int i = 9; i <= 11; i++) {
            add("5." + i, "a last fragment of nothing")
                    .frame(LAST, "non-continuation payload")
                    .frame(TEXT, HELLO)
                    .expectClose(1002);
        }
        for (int i = 12; i <= 14; i++) {
            add("5." + i, "a fragment of nothing")
                    .frame(MORE, "non-continuation payload")
                    .frame(TEXT, HELLO)
                    .expectClose(1002);
        }
        add("5.15", "a fragment behind the last one")
                .frame(Opcode.TEXT, "fra")
                .frame(LAST, "gment")
                .frame(MORE, "more")
                .frame(TEXT, HELLO)
                .expect("text", "fragment")
                .expectClose(1002);
        add("5.16", "a fragment of nothing, text, twice")
                .frame(MORE, "fragment1")
                .frame(Opcode.TEXT, "fragment2")
                .frame(LAST, "fragment3")
                .expectClose(1002);
        add("5.17", "a last fragment of nothing, text, twice")
                .frame(LAST, "fragment1")
                .frame(Opcode.TEXT, "fragment2")
                .frame(LAST, "fragment3")
                .expectClose(1002);
        add("5.18", "text begins within text")
                .frame(Opcode.TEXT, "fra")
                .frame(TEXT, "gment")
                .expectClose(1002);
    }

    private void closeHandling() {
        add("7.1.1", "message, then Close")
                .frame(TEXT, HELLO)
                .expect("text", HELLO)
                .closes();
        add("7.1.2", "two Closes").closes().frame(CLOSE, NOTHING);
        add("7.1.3", "ping behind Close").closes().frame(PING, NOTHING);
        add("7.1.4", "text behind Close").closes().frame(TEXT, HELLO);
        add("7.1.5", "Close within a message")
                .frame(Opcode.TEXT, "fragment1")
                .closes()
                .frame(LAST, "fragment2");
        byte[] large = filled(256 << 10);
        add("7.1.6", "large message, Close, ping")
                .frame(TEXT, large)
                .frame(TEXT, HELLO)
                .expect("text", large)
                .expect("text", HELLO)
                .closes()
                .frame(PING, NOTHING);
        add("7.3.1", "Close without payload").frame(CLOSE, NOTHING).expected.add("close");
        add("7.3.2", "Close with one byte").frame(CLOSE, "a").expectClose(1002);
        add("7.3.3", "Close with a code").closes();
        add("7.3.4", "Close with a reason")
                .frame(CLOSE, reason(1000, "Hello World!"))
                .expectClose(1000);
        add("7.3.5", "Close with the longest reason")
                .frame(CLOSE, reason(1000, "*".repeat(123)))
                .expectClose(1000);
        add("7.3.6", "Close with a reason too long")
                .frame(CLOSE, reason(1000, "*".repeat(124)))
                .expectClose(1002);
        add("7.5.1", "Close with a reason that is no text")
                .frame(
                        CLOSE,
                        ClientFrames.concat(reason(1000, ""), ClientFrames.hex("cebae1bdb9cf83cebceda080656469746564")))
                .expectClose(1007);
    }

    private static byte[] reason(int code, String text) {
        return ClientFrames.concat(new byte[] {(byte) (code >> 8), (byte) code}, ClientFrames.utf8(text));
    }

    private void closeCodes() {
        int[] valid = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999};
        for (int i = 0; i < valid.length; i++) {
            add("7.7." + (i + 1), "close code " + valid[i])
                    .frame(CLOSE, reason(valid[i], ""))
                    .expectClose(valid[i]);
        }
        int[] invalid = {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999};
        for (int i = 0; i < invalid.length; i++) {
            add("7.9." + (i + 1), "close code " + invalid[i])
                    .frame(CLOSE, reason(invalid[i], ""))
                    .expectClose(1002);
        }
        add("7.13.1", "close code 5000").frame(CLOSE, reason(5000, "")).expectClose(1002);
        add("7.13.2", "close code 65535").frame(CLOSE, reason(65535, "")).expectClose(1002);
    }

    private void limits() {
        int[] sizes = {64 << 10, 256 << 10, 1 << 20};
        for (int i = 0; i < sizes.length; i++) {
            byte[] payload = filled(sizes[i]);
            add("9.1." + (i + 1), "text of " + sizes[i])
                    .frame(TEXT, payload)
                    .expect("text", payload)
                    .closes();
            add("9.2." + (i + 1), "binary of " + sizes[i])
                    .frame(BINARY, payload)
                    .expect("binary", payload)
                    .closes();
        }
        int[] fragments = {64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10};
        for (int i = 0; i < fragments.length; i++) {
            fragmented(add("9.3." + (i + 1), "text in fragments of " + fragments[i]), "text", 128 << 10, fragments[i]);
            fragmented(
                    add("9.4." + (i + 1), "binary in fragments of " + fragments[i]), "binary", 128 << 10, fragments[i]);
            byte[] payload = filled(32 << 10);
            add("9.5." + (i + 1), "text in pieces")
                    .frame(TEXT, payload)
                    .expect("text", payload)
                    .closes();
            add("9.6." + (i + 1), "binary in pieces")
                    .frame(BINARY, payload)
                    .expect("binary", payload)
                    .closes();
        }
        int[] many = {0, 16, 64, 256, 1024, 4096};
        for (int i = 0; i < many.length; i++) {
            AutobahnCase texts = add("9.7." + (i + 1), "many texts of " + many[i]);
            AutobahnCase binaries = add("9.8." + (i + 1), "many binaries of " + many[i]);
            byte[] payload = filled(many[i]);
            for (int count = 0; count < 20; count++) {
                texts.frame(TEXT, payload).expect("text", payload);
                binaries.frame(BINARY, payload).expect("binary", payload);
            }
            texts.closes();
            binaries.closes();
        }
        fragmented(add("10.1.1", "text in fragments of 1300"), "text", 65536, 1300);
    }

    private static void fragmented(AutobahnCase added, String kind, int size, int fragment) {
        byte[] payload = filled(size);
        for (int at = 0; at < size; at += fragment) {
            int end = Math.min(size, at + fragment);
            int opcode = at > 0 ? Opcode.CONTINUATION : kind.equals("text") ? Opcode.TEXT : Opcode.BINARY;
            added.frame((end == size ? FIN : 0) | opcode, Arrays.copyOfRange(payload, at, end));
        }
        added.expect(kind, payload).closes();
    }
}
