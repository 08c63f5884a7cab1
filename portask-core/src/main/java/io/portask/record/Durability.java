package io.portask.record;

/** What an acknowledgement promises. Each level includes the ones before it. */
public enum Durability {
    /** The broker has it and gave it an offset. It is gone with the process. */
    NONE(0),
    /** The operating system has it: it survives a killed process, not a power cut. */
    WRITTEN(1),
    /** The device has it: it survives a power cut. */
    SYNCED(2);

    private final byte code;

    Durability(int code) {
        this.code = (byte) code;
    }

    /** The level's number on the wire. */
    public byte code() {
        return code;
    }

    public boolean atLeast(Durability other) {
        return compareTo(other) >= 0;
    }
}
