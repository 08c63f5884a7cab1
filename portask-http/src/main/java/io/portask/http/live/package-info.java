/** The broker over a WebSocket: messages of JSON that subscribe, publish and acknowledge. */
@NullMarked
package io.portask.http.live;

import org.jspecify.annotations.NullMarked;
