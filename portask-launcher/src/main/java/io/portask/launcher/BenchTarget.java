package io.portask.launcher;

import io.portask.client.PortaskClient;
import io.portask.client.ProducerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** The server under test: connections to it, and a topic of its own that is deleted at the end. */
final class BenchTarget implements AutoCloseable {
    private static final int MAX_PAYLOADS = 1024;
    private static final int PAYLOAD_BYTES = 16 << 20;

    private final BenchOptions options;
    private final ProgressBar progress;
    private final String topic = "bench-" + UUID.randomUUID();
    private final List<PortaskClient> clients = new ArrayList<>();
    private final ProducerConfig producerConfig;
    private final byte[][] payloads;

    BenchTarget(ServerOptions server, BenchOptions options, ProgressBar progress) {
        this.options = options;
        this.progress = progress;
        producerConfig = options.named(() -> producerConfig(options));
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(42);
        payloads = new byte[Math.max(1, Math.min(MAX_PAYLOADS, PAYLOAD_BYTES / Math.max(1, options.size())))][];
        for (int i = 0; i < payloads.length; i++) {
            payloads[i] = new byte[options.size()];
            random.nextBytes(payloads[i]);
        }
        try {
            for (int i = 0; i < options.clients(); i++) {
                clients.add(server.connect("portask-bench-" + i));
            }
            clients.get(0).createTopic(topic, options.partitions());
        } catch (RuntimeException e) {
            clients.forEach(PortaskClient::close);
            throw e;
        }
    }

    BenchOptions options() {
        return options;
    }

    ProgressBar progress() {
        return progress;
    }

    String topic() {
        return topic;
    }

    List<PortaskClient> clients() {
        return clients;
    }

    /** One of the random values, all of the wanted size. */
    byte[] payload(long number) {
        return payloads[(int) (number % payloads.length)];
    }

    ProducerConfig producerConfig() {
        return producerConfig;
    }

    private static ProducerConfig producerConfig(BenchOptions options) {
        ProducerConfig.Builder config =
                ProducerConfig.builder().batchBytes(options.batchBytes()).compression(options.compression());
        AckLevel ack = options.ack();
        if (ack != null) {
            config.durability(ack.durability());
        }
        return config.build();
    }

    @Override
    public void close() {
        progress.clear();
        try {
            clients.get(0).deleteTopic(topic);
        } finally {
            clients.forEach(PortaskClient::close);
        }
    }
}
