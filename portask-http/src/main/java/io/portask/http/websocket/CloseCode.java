package io.portask.http.websocket;

/** Why a WebSocket is closed, as numbers (RFC 6455 section 7.4). */
public final class CloseCode {
    public static final int NORMAL = 1000;
    public static final int GOING_AWAY = 1001;
    public static final int PROTOCOL_ERROR = 1002;
    public static final int UNSUPPORTED_DATA = 1003;
    /** Never on the wire: the peer's Close had no code. */
    public static final int NO_STATUS = 1005;

    public static final int INVALID_DATA = 1007;
    public static final int MESSAGE_TOO_BIG = 1009;

    private static final int LAST_REGISTERED = 1014;
    private static final int FIRST_OF_APPLICATIONS = 3000;
    private static final int LAST_OF_APPLICATIONS = 4999;

    private CloseCode() {}

    /** Whether a peer may send this code. */
    static boolean mayBeSent(int code) {
        return (code >= NORMAL && code <= UNSUPPORTED_DATA)
                || (code >= INVALID_DATA && code <= LAST_REGISTERED)
                || (code >= FIRST_OF_APPLICATIONS && code <= LAST_OF_APPLICATIONS);
    }
}
