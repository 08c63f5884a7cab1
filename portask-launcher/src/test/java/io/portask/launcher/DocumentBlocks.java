package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** What the documents print between fences: commands with what they answer, and code. */
final class DocumentBlocks {
    private static final String FENCE = "```";
    private static final String PROMPT = "$ ";

    /** A command of a document, and the lines that are printed below it. */
    record Command(String text, String answer) {}

    private DocumentBlocks() {}

    /** The blocks of a language; of none where it is empty. */
    static List<String> of(String document, String language) throws IOException {
        List<String> blocks = new ArrayList<>();
        StringBuilder block = null;
        boolean wanted = false;
        for (String line : Files.readAllLines(ForeignProcess.PROJECT.resolve(document))) {
            if (!line.startsWith(FENCE)) {
                if (block != null) {
                    block.append(line).append('\n');
                }
            } else if (block == null) {
                block = new StringBuilder();
                wanted = line.equals(FENCE + language);
            } else {
                if (wanted) {
                    blocks.add(block.toString());
                }
                block = null;
            }
        }
        assertThat(blocks).as("%s has blocks of '%s'", document, language).isNotEmpty();
        return blocks;
    }

    /** The commands with curl, in order: those behind a prompt have an answer, those without a prompt have none. */
    static List<Command> curl(String document) throws IOException {
        List<Command> commands = new ArrayList<>();
        for (String block : of(document, "")) {
            for (String part : block.split("(?m)^(?=curl |\\$ )")) {
                String[] lines = part.split("\n", 2);
                if (lines[0].contains("curl ")) {
                    String text = lines[0].startsWith(PROMPT) ? lines[0].substring(PROMPT.length()) : lines[0];
                    commands.add(new Command(text, lines[1]));
                }
            }
        }
        return commands;
    }

    /** With a server's address in place of the documents' own. */
    static String at(String address, String text) {
        return text.replace("localhost:8080", address).replace("127.0.0.1:8080", address);
    }
}
