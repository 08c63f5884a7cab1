package io.portask.store.redis;

import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/** Servers in containers, where Docker runs. They end with the tests. */
final class ContainerRedis {
    private static final int PORT = 6379;

    private ContainerRedis() {}

    private static final class Docker {
        static final boolean AVAILABLE = DockerClientFactory.instance().isDockerAvailable();
    }

    static boolean isAvailable() {
        return Docker.AVAILABLE;
    }

    /** The URI of a new server of this image. */
    @SuppressWarnings("resource")
    static String start(String image, String... command) {
        GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(image)).withExposedPorts(PORT);
        if (command.length > 0) {
            container.withCommand(command);
        }
        container.start();
        return "redis://" + container.getHost() + ":" + container.getMappedPort(PORT);
    }
}
