package io.portask.launcher;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A bar on the terminal, for a person who waits; silent where nobody watches. Any thread may report progress. */
final class ProgressBar {
    private static final int WIDTH = 40;
    private static final long REDRAW_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final String title;
    private final boolean visible;
    private final PrintWriter err;
    private long lastDrawn;

    ProgressBar(String title, Terminal terminal, PrintWriter err) {
        this.title = title;
        this.visible = terminal.interactive();
        this.err = err;
    }

    void show(long done, long total) {
        if (!visible) {
            return;
        }
        synchronized (this) {
            long now = System.nanoTime();
            if (now - lastDrawn < REDRAW_NS && done < total) {
                return;
            }
            lastDrawn = now;
            int filled = total == 0 ? WIDTH : (int) (WIDTH * Math.min(done, total) / total);
            err.print(String.format(
                    Locale.ROOT,
                    "\r%s [%s%s] %3d%%",
                    title,
                    "#".repeat(filled),
                    ".".repeat(WIDTH - filled),
                    total == 0 ? 100 : 100 * Math.min(done, total) / total));
            err.flush();
        }
    }

    /** Leaves the line to whatever comes next. */
    void clear() {
        if (visible) {
            err.print("\r" + " ".repeat(title.length() + WIDTH + 8) + "\r");
            err.flush();
        }
    }
}
