package io.portask.http.websocket;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;

/** Section 6 of the public list of the Autobahn test suite: text that is UTF-8, and text that is not. */
final class Utf8Cases {
    private static final int FIN = AutobahnCases.FIN;
    private static final String GREEK = "cebae1bdb9cf83cebcceb5";
    private static final String GREETING = "Hello-µ@ßöäüàá-UTF-8!!";

    private final List<AutobahnCase> cases = new ArrayList<>();

    private Utf8Cases() {}

    static List<AutobahnCase> all() {
        Utf8Cases all = new Utf8Cases();
        all.fragments();
        all.failFast();
        all.prefixes();
        all.valid();
        all.invalid();
        return all.cases;
    }

    private AutobahnCase add(String number, String rule) {
        AutobahnCase added = new AutobahnCase(number, rule);
        cases.add(added);
        return added;
    }

    private void fragments() {
        byte[] greeting = ClientFrames.utf8(GREETING);
        add("6.1.1", "empty text")
                .frame(FIN | Opcode.TEXT, "")
                .expect("text", "")
                .closes();
        add("6.1.2", "three empty fragments")
                .frame(Opcode.TEXT, "")
                .frame(0, "")
                .frame(FIN, "")
                .expect("text", "")
                .closes();
        add("6.1.3", "a fragment between two empty ones")
                .frame(Opcode.TEXT, "")
                .frame(0, "middle frame payload")
                .frame(FIN, "")
                .expect("text", "middle frame payload")
                .closes();
        split(add("6.2.1", "UTF-8 in one frame"), greeting, greeting.length);
        split(add("6.2.2", "UTF-8 in two fragments"), greeting, 13);
        split(add("6.2.3", "UTF-8 in fragments of one byte"), greeting, 1);
        split(add("6.2.4", "Greek in fragments of one byte"), ClientFrames.hex(GREEK), 1);
        byte[] broken = ClientFrames.hex(GREEK + "eda080656469746564");
        add("6.3.1", "a surrogate").frame(FIN | Opcode.TEXT, broken).expectClose(1007);
        AutobahnCase bytes = add("6.3.2", "a surrogate, in fragments of one byte");
        for (int i = 0; i < broken.length; i++) {
            bytes.frame(i == 0 ? Opcode.TEXT : i == broken.length - 1 ? FIN : 0, Arrays.copyOfRange(broken, i, i + 1));
        }
        bytes.expectClose(1007);
    }

    private static void split(AutobahnCase added, byte[] text, int fragment) {
        for (int at = 0; at < text.length; at += fragment) {
            int end = Math.min(text.length, at + fragment);
            added.frame(
                    (end == text.length ? FIN : 0) | (at == 0 ? Opcode.TEXT : 0), Arrays.copyOfRange(text, at, end));
        }
        added.expect("text", text).closes();
    }

    /** Told before the message, or even the frame, ends: nothing follows that would end it. */
    private void failFast() {
        byte[] start = ClientFrames.hex(GREEK);
        byte[] tooHigh = ClientFrames.hex("f4908080");
        add("6.4.1", "above U+10FFFF, message goes on")
                .frame(Opcode.TEXT, start)
                .frame(0, tooHigh)
                .expectClose(1007);
        add("6.4.2", "above U+10FFFF, split within the character")
                .frame(Opcode.TEXT, ClientFrames.concat(start, ClientFrames.hex("f4")))
                .frame(0, ClientFrames.hex("90"))
                .expectClose(1007);
        for (int i = 3; i <= 4; i++) {
            byte[] whole = ClientFrames.frame(
                    FIN | Opcode.TEXT, ClientFrames.concat(start, tooHigh, ClientFrames.utf8("edited")));
            int shown = i == 3 ? whole.length - 6 : whole.length - 8;
            AutobahnCase cut = add("6.4." + i, "above U+10FFFF, frame goes on");
            cut.sent.add(Arrays.copyOf(whole, shown));
            cut.expectClose(1007);
        }
    }

    private void prefixes() {
        byte[] greek = ClientFrames.hex(GREEK);
        List<Integer> whole = List.of(2, 5, 7, 9, 11);
        for (int size = 1; size <= greek.length; size++) {
            one("6.6." + size, "the first " + size + " bytes", Arrays.copyOf(greek, size), whole.contains(size));
        }
    }

    private void one(String number, String rule, byte[] text, boolean valid) {
        AutobahnCase added = add(number, rule).frame(FIN | Opcode.TEXT, text);
        if (valid) {
            added.expect("text", text).closes();
        } else {
            added.expectClose(1007);
        }
    }

    private void group(String number, String rule, boolean valid, String... sequences) {
        for (int i = 0; i < sequences.length; i++) {
            one(number + "." + (i + 1), rule + " " + sequences[i], ClientFrames.hex(sequences[i]), valid);
        }
    }

    private void valid() {
        String hello = "68656c6c6f";
        String world = "776f726c64";
        group(
                "6.5",
                "valid",
                true,
                hello + "24" + world,
                hello + "c2a2" + world,
                hello + "e282ac" + world,
                hello + "f0a4ada2" + world,
                GREEK);
        group("6.7", "first of its length", true, "00", "c280", "e0a080", "f0908080");
        group("6.9", "last of its length", true, "7f", "dfbf", "efbfbf", "f48fbfbf");
        group("6.11", "boundary", true, "ed9fbf", "ee8080", "efbfbd", "f48fbfbf");
        one("6.11.5", "beyond the boundary", ClientFrames.hex("f4908080"), false);
        group("6.22", "no character, but valid", true, nonCharacters());
        group("6.23", "special", true, "efbfb9", "efbfba", "efbfbb", "efbfbc", "efbfbd", "efbfbe", "efbfbf");
    }

    private static String[] nonCharacters() {
        return IntStream.rangeClosed(0, 16)
                .flatMap(plane -> IntStream.of(plane << 16 | 0xFFFE, plane << 16 | 0xFFFF))
                .mapToObj(point -> HexFormat.of().formatHex(ClientFrames.utf8(Character.toString(point))))
                .toArray(String[]::new);
    }

    private void invalid() {
        group("6.8", "first of a length that there is not", false, "f888808080", "fc8480808080");
        group("6.10", "last of a length that there is not", false, "f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf");
        group(
                "6.12",
                "unexpected continuation",
                false,
                "80",
                "bf",
                "80bf",
                "80bf80",
                "80bf80bf",
                "80bf80bf80",
                "80bf80bf80bf",
                range(0x80, 0xBF, ""));
        group(
                "6.13",
                "lonely start",
                false,
                range(0xC0, 0xDF, "20"),
                range(0xE0, 0xEF, "20"),
                range(0xF0, 0xF7, "20"),
                range(0xF8, 0xFB, "20"),
                range(0xFC, 0xFD, "20"));
        String[] cut = {
            "c0", "e080", "f08080", "f8808080", "fc80808080", "df", "efbf", "f7bfbf", "fbbfbfbf", "fdbfbfbfbf"
        };
        group("6.14", "last byte missing", false, cut);
        group("6.15", "incomplete ones in a row", false, String.join("", cut));
        group("6.16", "impossible byte", false, "fe", "ff", "fefeffff");
        group("6.17", "overlong", false, "c0af", "e080af", "f08080af", "f8808080af", "fc80808080af");
        group("6.18", "greatest overlong", false, "c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf");
        group("6.19", "overlong NUL", false, "c080", "e08080", "f0808080", "f880808080", "fc8080808080");
        group("6.20", "surrogate", false, "eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf");
        group(
                "6.21",
                "pair of surrogates",
                false,
                "eda080edb080",
                "eda080edbfbf",
                "edadbfedb080",
                "edadbfedbfbf",
                "edae80edb080",
                "edae80edbfbf",
                "edafbfedb080",
                "edafbfedbfbf");
    }

    private static String range(int from, int to, String after) {
        StringBuilder digits = new StringBuilder();
        for (int octet = from; octet <= to; octet++) {
            digits.append(Integer.toHexString(octet)).append(after);
        }
        return digits.toString();
    }
}
