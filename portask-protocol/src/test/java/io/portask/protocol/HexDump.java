package io.portask.protocol;

import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/** The form in which frames are shown: {@code 0010  00 11 22 ...  text}, sixteen bytes a line. */
final class HexDump {
    private static final int PER_LINE = 16;
    private static final int FIRST_DIGIT = 6;
    private static final int LAST_DIGIT = FIRST_DIGIT + 3 * PER_LINE;
    private static final Pattern BYTE = Pattern.compile("[0-9a-f]{2}");

    private HexDump() {}

    static String of(ByteBuffer bytes) {
        StringBuilder out = new StringBuilder();
        for (int line = 0; line < bytes.limit(); line += PER_LINE) {
            StringBuilder hex = new StringBuilder();
            StringBuilder text = new StringBuilder();
            for (int i = line; i < Math.min(line + PER_LINE, bytes.limit()); i++) {
                int b = Byte.toUnsignedInt(bytes.get(i));
                hex.append(i == line + PER_LINE / 2 ? " " : "").append(String.format("%02x ", b));
                text.append(b > ' ' && b < 127 ? (char) b : '.');
            }
            out.append(String.format("%04x  %-50s %s%n", line, hex, text).replace("\r", ""));
        }
        return out.toString();
    }

    static ByteBuffer parse(String dump) {
        ByteBuffer bytes = ByteBuffer.allocate(dump.length());
        dump.lines()
                .map(line -> line.substring(FIRST_DIGIT, Math.min(LAST_DIGIT + 1, line.length())))
                .flatMap(line -> BYTE.matcher(line).results())
                .forEach(digits -> bytes.put((byte) Integer.parseInt(digits.group(), 16)));
        return bytes.flip();
    }
}
