package io.portask.protocol;

import io.portask.store.ScrubReport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The payload that answers Scrub when it is through.
 *
 * <pre>
 *   i64 good batches, i64 bytes in them, u32 count, count x (i64 first offset, i64 last offset, string text)
 * </pre>
 */
public final class ScrubResponse {
    private static final int MAX_TEXT_CHARS = 1024;
    private static final int MAX_TEXT_BYTES = 3 * MAX_TEXT_CHARS;
    private static final int PREFIX_BYTES = 2 * Long.BYTES + Integer.BYTES;
    private static final int MIN_PROBLEM_BYTES = 2 * Long.BYTES + Short.BYTES;

    private ScrubResponse() {}

    /** Leaves out the last problems where they do not fit. */
    static ScrubReport fitting(ScrubReport report, int maxBytes) {
        List<ScrubReport.Problem> fitting = new ArrayList<>();
        int size = PREFIX_BYTES;
        for (ScrubReport.Problem problem : report.problems()) {
            size += MIN_PROBLEM_BYTES + 3 * text(problem).length();
            if (size > maxBytes) {
                break;
            }
            fitting.add(problem);
        }
        return new ScrubReport(report.batches(), report.bytes(), fitting);
    }

    public static void encode(PayloadWriter out, ScrubReport report) {
        out.i64(report.batches()).i64(report.bytes()).i32(report.problems().size());
        for (ScrubReport.Problem problem : report.problems()) {
            out.i64(problem.firstOffset()).i64(problem.lastOffset()).string(text(problem));
        }
    }

    private static String text(ScrubReport.Problem problem) {
        String text = problem.text();
        return text.length() <= MAX_TEXT_CHARS ? text : text.substring(0, MAX_TEXT_CHARS);
    }

    public static ScrubReport decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Scrub's response", payload);
        long batches = in.nonNegative64("good batches");
        long bytes = in.nonNegative64("bytes");
        int count = in.count("count", MIN_PROBLEM_BYTES);
        List<ScrubReport.Problem> problems = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            problems.add(new ScrubReport.Problem(
                    in.nonNegative64("first offset"),
                    in.nonNegative64("last offset"),
                    in.string("text", MAX_TEXT_BYTES)));
        }
        in.end();
        return new ScrubReport(batches, bytes, problems);
    }
}
