package io.portask.launcher;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The WebSocket clients that this machine's Node has.
 *
 * @param packaged the version of the package {@code ws} where {@code NODE_PATH} has it, or empty
 * @param own whether Node has one of its own
 * @param options those of Node without which it hides its own
 */
record NodeSockets(String packaged, boolean own, List<String> options) {
    private static final List<List<String>> CHOICES = List.of(List.of(), List.of("--experimental-websocket"));

    static NodeSockets found() throws IOException {
        String version = ForeignClient.NODE
                .output("-p", "require('ws/package.json').version")
                .strip();
        String packaged = version.matches("[0-9.]+") ? version : "";
        for (List<String> options : CHOICES) {
            String[] arguments = Stream.concat(options.stream(), Stream.of("-p", "typeof WebSocket"))
                    .toArray(String[]::new);
            if (ForeignClient.NODE.output(arguments).strip().equals("function")) {
                return new NodeSockets(packaged, true, options);
            }
        }
        return new NodeSockets(packaged, false, List.of());
    }

    boolean any() {
        return own || !packaged.isEmpty();
    }

    @Override
    public String toString() {
        return (packaged.isEmpty() ? "no ws on NODE_PATH" : "ws " + packaged) + " and " + (own ? "a" : "no")
                + " WebSocket of its own";
    }
}
