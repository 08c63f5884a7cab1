package io.portask.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.ReceivedMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a subscriber of one topic must have got when publishers, each with a name, send {@code name-0}, {@code name-1} and so on. */
public final class Deliveries {
    private Deliveries() {}

    /** The texts of each partition, at dense offsets, the numbers of each publisher growing: so nothing is there twice. */
    public static Map<Integer, List<String>> texts(List<ReceivedMessage> messages) {
        Map<Integer, List<String>> texts = new HashMap<>();
        Map<String, Integer> lastOfPublisher = new HashMap<>();
        for (ReceivedMessage message : messages) {
            List<String> before = texts.computeIfAbsent(message.partition(), partition -> new ArrayList<>());
            assertThat(message.offset()).isEqualTo(before.size());
            before.add(message.text());
            String[] parts = message.text().split("-", -1);
            int number = Integer.parseInt(parts[1]);
            Integer last = lastOfPublisher.put(message.partition() + " of " + parts[0], number);
            assertThat(last == null ? -1 : last).isLessThan(number);
        }
        return texts;
    }
}
