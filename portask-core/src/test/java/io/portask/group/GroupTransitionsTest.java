package io.portask.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GroupTransitionsTest {
    @Test
    void theDocumentHasTheTransitionsOfTheCode() throws IOException {
        List<String> documented = Pattern.compile("\n(\\| `[A-Z_]+` \\| `[A-Z_]+` \\| `[A-Z_]+` \\|)(?=\n)")
                .matcher(Files.readString(Path.of("../docs/GROUPS.md")))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(documented)
                .containsExactlyElementsOf(
                        Stream.concat(GroupTransitions.MEMBER.rows().stream(), GroupTransitions.GROUP.rows().stream())
                                .map(row -> "| `" + row.from() + "` | `" + row.event() + "` | `" + row.to() + "` |")
                                .toList());
    }

    @Test
    void nothingFollowsOnTheEndOfAMembership() {
        for (MemberEvent event : MemberEvent.values()) {
            for (MemberState last : List.of(MemberState.LEFT, MemberState.FENCED)) {
                assertThatThrownBy(() -> GroupTransitions.MEMBER.next(last, event))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(last + "")
                        .hasMessageContaining(event + "");
            }
        }
    }
}
