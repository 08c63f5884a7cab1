package io.portask.http.wire;

/** Which bytes may stand where (RFC 9110 section 5.6, RFC 3986 section 3.2.2). */
public final class Octets {
    private static final boolean[] TOKEN = table("!#$%&'*+-.^_`|~");
    private static final boolean[] AUTHORITY = table("-._~!$&'()*+,;=:[]%");
    private static final boolean[] TARGET = table("-._~!$&'()*+,;=:@/?%[]");

    private Octets() {}

    private static boolean[] table(String others) {
        boolean[] table = new boolean[256];
        for (int c = 0; c < 128; c++) {
            table[c] = isAlphanumeric(c) || others.indexOf(c) >= 0;
        }
        return table;
    }

    private static boolean isAlphanumeric(int c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /** A letter of a method or of a field's name. */
    public static boolean isToken(int octet) {
        return TOKEN[octet & 0xFF];
    }

    static boolean isAuthority(int octet) {
        return AUTHORITY[octet & 0xFF];
    }

    static boolean isTarget(int octet) {
        return TARGET[octet & 0xFF];
    }

    /** A field's value may have visible letters, spaces, tabs and obs-text; no other controls. */
    static boolean isValue(int octet) {
        int value = octet & 0xFF;
        return (value >= ' ' && value != 0x7F) || value == '\t';
    }

    static boolean isBlank(int octet) {
        return octet == ' ' || octet == '\t';
    }

    static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7F || !isToken(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    static boolean isValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0xFF || !isValue(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }
}
