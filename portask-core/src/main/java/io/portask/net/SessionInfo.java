package io.portask.net;

/**
 * What a session knows of itself that its connection does not.
 *
 * @param client how the peer calls itself; empty if it does not
 * @param framesIn frames, requests or messages received, whatever the protocol counts
 * @param framesOut the same sent
 * @param subscriptions what the peer gets without asking again
 */
public record SessionInfo(String client, long framesIn, long framesOut, int subscriptions) {
    public static final SessionInfo UNKNOWN = new SessionInfo("", 0, 0, 0);
}
