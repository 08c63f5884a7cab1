package io.portask.group;

import io.portask.record.TopicPattern;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The topics that a member wants to read, by name or pattern; also some that do not exist yet. */
public record Subscription(Set<TopicPattern> patterns) {
    public Subscription {
        patterns = Set.copyOf(patterns);
    }

    public static Subscription of(String... patterns) {
        return new Subscription(Stream.of(patterns).map(TopicPattern::new).collect(Collectors.toSet()));
    }

    /** Which of these topics it is for. */
    public Set<String> resolve(Collection<String> topics) {
        Set<String> found = new TreeSet<>();
        for (TopicPattern pattern : patterns) {
            if (pattern.isLiteral()) {
                if (topics.contains(pattern.text())) {
                    found.add(pattern.text());
                }
            } else {
                topics.stream().filter(pattern::matches).forEach(found::add);
            }
        }
        return found;
    }
}
