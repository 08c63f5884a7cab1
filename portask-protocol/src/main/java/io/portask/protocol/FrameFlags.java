package io.portask.protocol;

/** The bits of a frame header's flags. */
public final class FrameFlags {
    public static final int NONE = 0;
    /** The payload is one zstd frame that names its content size. */
    public static final int COMPRESSED = 1;
    /** The payload, compressed or not, is sealed with AES-256-GCM. */
    public static final int ENCRYPTED = 2;
    /** The frame answers the request of its correlation id. */
    public static final int RESPONSE = 4;
    /** Further frames of the same answer follow. */
    public static final int MORE = 8;

    static final int KNOWN = COMPRESSED | ENCRYPTED | RESPONSE | MORE;

    private FrameFlags() {}

    public static boolean has(int flags, int flag) {
        return (flags & flag) != 0;
    }
}
