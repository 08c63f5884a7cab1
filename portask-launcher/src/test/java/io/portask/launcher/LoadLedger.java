package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.client.ClientFetch;
import io.portask.client.PortaskClient;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** What {@link LoadMain} was promised and what was ever read, held against what a server serves. */
final class LoadLedger {
    private static final int FETCH_BYTES = 1 << 20;

    private record Acknowledged(int partition, int offset, int number) {}

    private final List<Acknowledged> acknowledged = new ArrayList<>();
    /** For each partition the number at each offset, as it was read first. */
    private final List<List<Integer>> read = new ArrayList<>();

    LoadLedger(int partitions) {
        for (int i = 0; i < partitions; i++) {
            read.add(new ArrayList<>());
        }
    }

    void onAcknowledged(int partition, long offset, int number) {
        acknowledged.add(new Acknowledged(partition, Math.toIntExact(offset), number));
    }

    int acknowledged() {
        return acknowledged.size();
    }

    /** Reads every partition from 0 to its end and holds it against what was acknowledged and what earlier checks read. */
    void check(PortaskClient client, int begun) {
        BitSet found = new BitSet();
        for (int partition = 0; partition < read.size(); partition++) {
            check(client, partition, found);
        }
        for (Acknowledged ack : acknowledged) {
            List<Integer> numbers = read.get(ack.partition());
            assertThat(ack.offset()).as("acknowledged and lost: %s", ack).isLessThan(numbers.size());
            assertThat(numbers.get(ack.offset()))
                    .as("acknowledged with another content: %s", ack)
                    .isEqualTo(ack.number());
        }
        assertThat(found.cardinality()).as("messages stored").isEqualTo(begun);
        assertThat(acknowledged).as("messages acknowledged").hasSize(begun);
    }

    private void check(PortaskClient client, int partition, BitSet found) {
        TopicPartition name = new TopicPartition(LoadMain.TOPIC, partition);
        List<Integer> numbers = read.get(partition);
        int[] last = {-1, -1};
        long next = 0;
        long end = Long.MAX_VALUE;
        while (next < end) {
            ClientFetch fetched = client.fetch(name, next, FETCH_BYTES, 0, 0);
            assertThat(fetched.startOffset()).isZero();
            end = fetched.endOffset();
            for (ReceivedMessage message : fetched.messages()) {
                if (message.offset() != next) {
                    throw new AssertionError(name + ": " + message.offset() + " follows " + (next - 1));
                }
                int number = number(message);
                if (found.get(number)) {
                    throw new AssertionError(message.id() + ": " + number + " is there twice");
                }
                found.set(number);
                int producer = number % last.length;
                if (number <= last[producer]) {
                    throw new AssertionError(message.id() + ": " + number + " comes after " + last[producer]);
                }
                last[producer] = number;
                if (next == numbers.size()) {
                    numbers.add(number);
                } else if (numbers.get((int) next) != number) {
                    throw new AssertionError(message.id() + " was " + numbers.get((int) next) + " and is " + number);
                }
                next++;
            }
            assertThat(fetched.nextOffset()).isEqualTo(next);
        }
        assertThat(next).as("end of %s, which once was further", name).isEqualTo(numbers.size());
    }

    /** The number of a message that is as it was sent. */
    private int number(ReceivedMessage message) {
        String key = message.keyText();
        int number = key == null ? -1 : Integer.parseInt(key.substring(key.indexOf(' ') + 1));
        if (number < 0
                || !Arrays.equals(message.key(), LoadMain.key(number))
                || !Arrays.equals(message.value(), LoadMain.value(number))
                || message.partition() != LoadMain.partition(number, read.size())) {
            throw new AssertionError(message.id() + " is not as it was sent: key " + key);
        }
        return number;
    }
}
