/**
 * The Java client: {@link io.portask.client.PortaskClient} connects, {@link io.portask.client.Producer} publishes, {@link
 * io.portask.client.Consumer} and {@link io.portask.client.PushConsumer} read, {@link io.portask.client.GroupConsumer} shares the reading with others.
 *
 * <p>One thread for each client, its loop, owns the connection and everything that waits for an answer of the server. The
 * application's threads hand it work through its queue and never touch a socket.
 */
@NullMarked
package io.portask.client;

import org.jspecify.annotations.NullMarked;
