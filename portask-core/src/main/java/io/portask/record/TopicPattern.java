package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/**
 * Which topics a subscription is for, in the words of NATS's subjects: a topic's name is a row of tokens with dots between
 * them. In a pattern the token {@code *} stands for any one token, and {@code >}, which can only be the last, for one
 * or more. {@code orders.*} matches {@code orders.eu}, and neither {@code orders} nor {@code orders.eu.west}; {@code
 * logs.>} matches both {@code logs.web} and {@code logs.web.access}. A pattern without either matches the one topic of that
 * name.
 *
 * @param text the pattern as it was written, 1 to {@value TopicNames#MAX_LENGTH} characters
 */
public record TopicPattern(String text) implements Comparable<TopicPattern> {
    private static final char SEPARATOR = '.';
    private static final String ONE = "*";
    private static final String REST = ">";

    /** @throws PortaskException {@link ErrorCode#INVALID_TOPIC_NAME}, which says what is wrong */
    public TopicPattern {
        StringBuilder name = new StringBuilder(text.length());
        int at = 0;
        do {
            int end = tokenEnd(text, at);
            String token = text.substring(at, end);
            if (token.equals(REST) && end < text.length()) {
                throw new PortaskException(
                        ErrorCode.INVALID_TOPIC_NAME, "'>' can only be the last token of the pattern '" + text + "'");
            }
            boolean wild = token.equals(ONE) || token.equals(REST);
            name.append(at == 0 ? "" : SEPARATOR).append(wild ? "x" : token);
            at = end + 1;
        } while (at <= text.length());
        TopicNames.check(name.toString());
    }

    /** Whether this is the name of one topic, and no wildcard is in it. */
    public boolean isLiteral() {
        return text.indexOf(ONE.charAt(0)) < 0 && text.indexOf(REST.charAt(0)) < 0;
    }

    public boolean matches(String topic) {
        int at = 0;
        int topicAt = 0;
        while (true) {
            if (text.startsWith(REST, at)) {
                return true;
            }
            int end = tokenEnd(text, at);
            int topicEnd = tokenEnd(topic, topicAt);
            if (!text.startsWith(ONE, at) && !sameToken(at, end, topic, topicAt, topicEnd)) {
                return false;
            }
            if (end == text.length() || topicEnd == topic.length()) {
                return end == text.length() && topicEnd == topic.length();
            }
            at = end + 1;
            topicAt = topicEnd + 1;
        }
    }

    private boolean sameToken(int at, int end, String topic, int topicAt, int topicEnd) {
        return end - at == topicEnd - topicAt && text.regionMatches(at, topic, topicAt, end - at);
    }

    private static int tokenEnd(String name, int from) {
        int dot = name.indexOf(SEPARATOR, from);
        return dot < 0 ? name.length() : dot;
    }

    @Override
    public int compareTo(TopicPattern other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
