package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;

/**
 * The payload that tells why a request, a subscription or the connection failed.
 *
 * <pre>
 *   u16 code, u8 bits (1 retriable, 2 fatal), string text
 * </pre>
 *
 * @param codeNumber as sent; perhaps of a newer version than this one
 */
public record ErrorPayload(int codeNumber, boolean retriable, boolean fatal, String text) {
    public static final int RETRIABLE = 1;
    public static final int FATAL = 2;

    static final int MAX_TEXT_CHARS = 1024;
    /** A char takes three bytes of UTF-8 at most. */
    private static final int MAX_TEXT_BYTES = 3 * MAX_TEXT_CHARS;

    public static ErrorPayload of(PortaskException error) {
        ErrorCode code = error.code();
        return new ErrorPayload(
                code.number(), code.retriable(), code.fatal(), shortened(String.valueOf(error.getMessage())));
    }

    private static String shortened(String text) {
        return text.length() <= MAX_TEXT_CHARS ? text : text.substring(0, MAX_TEXT_CHARS - 3) + "...";
    }

    public void encode(PayloadWriter out) {
        out.u16(codeNumber)
                .u8((retriable ? RETRIABLE : 0) | (fatal ? FATAL : 0))
                .string(text);
    }

    public static ErrorPayload decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Error", payload);
        int code = in.u16("code");
        int bits = in.u8("bits");
        ErrorPayload error =
                new ErrorPayload(code, (bits & RETRIABLE) != 0, (bits & FATAL) != 0, in.string("text", MAX_TEXT_BYTES));
        in.end();
        return error;
    }

    /** {@link ErrorCode#INTERNAL_ERROR} for a code that is not known here. */
    public ErrorCode code() {
        return ErrorCode.of(codeNumber);
    }

    public PortaskException toException() {
        return new PortaskException(code(), text);
    }
}
