package io.portask.store.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.protocol.RedisCommand;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Commands that Redis runs as one step or not at all. The client would keep the state of a transaction for its connection, for
 * whoever uses it; these go past that, in one piece, from one thread only.
 */
final class Transaction {
    private static final String NOT_DONE = "EXECABORT";

    /** In lower case: Redis does not mind, and the client does not notice. */
    private static final ProtocolKeyword MULTI = new Keyword("multi");

    private static final ProtocolKeyword EXEC = new Keyword("exec");

    private final List<RedisCommand<byte[], byte[], ?>> commands = new ArrayList<>();

    /** Takes the error of one of the commands as its answer. */
    private static final class Answers extends NestedMultiOutput<byte[], byte[]> {
        private boolean inside;

        Answers() {
            super(ByteArrayCodec.INSTANCE);
        }

        @Override
        public void multi(int count) {
            inside = true;
            super.multi(count);
        }

        @Override
        public void setError(ByteBuffer error) {
            if (inside) {
                set(error);
            } else {
                super.setError(error);
            }
        }
    }

    Transaction() {
        add(MULTI, RedisLink.args());
    }

    void add(ProtocolKeyword type, CommandArgs<byte[], byte[]> args) {
        commands.add(RedisLink.command(type, args));
    }

    /** The answer of the last command; {@link Script#REFUSED} alone if nothing was done. Not twice. */
    CompletableFuture<List<Object>> run(StatefulConnection<byte[], byte[]> server) {
        AsyncCommand<byte[], byte[], List<Object>> exec =
                new AsyncCommand<>(new Command<>(EXEC, new Answers(), RedisLink.args()));
        commands.add(exec);
        try {
            server.dispatch(commands);
        } catch (RuntimeException e) {
            exec.completeExceptionally(e);
        }
        return exec.<List<Object>>handle((answers, error) -> {
                    if (error == null) {
                        return lastOf(answers);
                    }
                    if (String.valueOf(error.getMessage()).startsWith(NOT_DONE)) {
                        return List.of(Script.REFUSED);
                    }
                    throw new CompletionException(error);
                })
                .toCompletableFuture();
    }

    @SuppressWarnings("unchecked")
    private static List<Object> lastOf(List<Object> answers) {
        Object last = answers.get(answers.size() - 1);
        if (last instanceof List<?> reply) {
            return (List<Object>) reply;
        }
        throw new RedisCommandExecutionException(Keys.text((byte[]) last));
    }
}
