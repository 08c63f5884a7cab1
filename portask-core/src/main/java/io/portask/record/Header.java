package io.portask.record;

import org.jspecify.annotations.Nullable;

/** A named value beside a message's own. The array is not copied: whoever passes it must not change it. */
@SuppressWarnings("ArrayRecordComponent")
public record Header(String name, byte @Nullable [] value) {}
