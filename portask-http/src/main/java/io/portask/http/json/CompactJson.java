package io.portask.http.json;

import java.util.Arrays;

/** JSON without white space between its tokens. Everything else, numbers and escapes too, keeps its text. */
final class CompactJson {
    private CompactJson() {}

    /** Of valid JSON. */
    static byte[] of(byte[] json, int from, int to) {
        byte[] compact = new byte[to - from];
        int size = copy(json, from, to, compact, 0);
        return size == compact.length ? compact : Arrays.copyOf(compact, size);
    }

    /** @return how many bytes were written */
    static int copy(byte[] json, int from, int to, byte[] target, int at) {
        int written = at;
        boolean inString = false;
        for (int i = from; i < to; i++) {
            byte b = json[i];
            if (inString) {
                target[written++] = b;
                if (b == '\\' && i + 1 < to) {
                    target[written++] = json[++i];
                } else if (b == '"') {
                    inString = false;
                }
            } else if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                target[written++] = b;
                inString = b == '"';
            }
        }
        return written - at;
    }
}
