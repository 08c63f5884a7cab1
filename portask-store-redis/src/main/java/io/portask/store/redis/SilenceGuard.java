package io.portask.store.redis;

import io.lettuce.core.protocol.CommandHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection whose server says nothing for as long as two commands may take although an answer is due, as when a machine
 * is gone without a word. The client then connects anew, to the master of then; what was under way fails as when it breaks.
 */
final class SilenceGuard extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final int CHECKS = 4;

    private final long patienceNs;
    private long quietSinceNs;
    private @Nullable Future<?> checks;

    /** @param timeoutMs how long a command may take */
    SilenceGuard(int timeoutMs) {
        this.patienceNs = 2 * TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        quietSinceNs = System.nanoTime();
        long everyNs = patienceNs / CHECKS;
        checks = context.executor().scheduleAtFixedRate(() -> check(context), everyNs, everyNs, TimeUnit.NANOSECONDS);
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        quietSinceNs = System.nanoTime();
        context.fireChannelRead(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (checks != null) {
            checks.cancel(false);
        }
        context.fireChannelInactive();
    }

    private void check(ChannelHandlerContext context) {
        CommandHandler commands = context.pipeline().get(CommandHandler.class);
        long now = System.nanoTime();
        if (commands == null || commands.getStack().isEmpty()) {
            quietSinceNs = now;
        } else if (now - quietSinceNs > patienceNs) {
            LOG.warn(
                    "Redis at {} answers nothing any more: the connection is given up, and made anew",
                    context.channel().remoteAddress());
            var unused = context.close();
        }
    }
}
