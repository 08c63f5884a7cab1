package io.portask.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** Cuts long lists into several frames. */
final class ListFrames {
    /** About how large a frame becomes, unless one element is larger. */
    static final int FRAME_BYTES = 64 << 10;

    private ListFrames() {}

    /** One part at least, perhaps an empty one. */
    static <T> List<List<T>> cut(List<T> all, ToIntFunction<? super T> size) {
        List<List<T>> parts = new ArrayList<>();
        int from = 0;
        int bytes = 0;
        for (int i = 0; i < all.size(); i++) {
            int next = size.applyAsInt(all.get(i));
            if (i > from && bytes + next > FRAME_BYTES) {
                parts.add(all.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += next;
        }
        parts.add(all.subList(from, all.size()));
        return parts;
    }

    /** The flags of one of the frames that answer a request with these flags. */
    static int flags(int requestFlags, int index, int frames) {
        return index + 1 < frames ? requestFlags | FrameFlags.MORE : requestFlags;
    }
}
