package io.portask.transport;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;

/** A blocking socket to a server under test. Reads give up after 20 s. */
final class Peer implements AutoCloseable {
    final Socket socket = new Socket();
    final DataInputStream in;
    final OutputStream out;

    Peer(InetSocketAddress address) throws IOException {
        this(address, 0);
    }

    Peer(InetSocketAddress address, int receiveBufferBytes) throws IOException {
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.connect(address);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    static byte[] frame(byte[] payload) {
        return ByteBuffer.allocate(EchoSession.HEADER_BYTES + payload.length)
                .put((byte) EchoSession.FIRST_BYTE)
                .putInt(payload.length)
                .put(payload)
                .array();
    }

    void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    byte[] receive(int bytes) throws IOException {
        return in.readNBytes(bytes);
    }

    /** Sends from another thread, so that the echo of more than the system's buffers hold can be read meanwhile. */
    byte[] echo(byte[] bytes) throws Exception {
        Thread sender = new Thread(() -> {
            try {
                send(bytes);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        sender.start();
        byte[] back = receive(bytes.length);
        sender.join();
        return back;
    }

    /** True when the server has ended its output, false when it reset the connection. */
    boolean endsOrderly() {
        try {
            return in.read() < 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether the next byte is this one; false also if there is none. */
    boolean receives(char expected) {
        try {
            return in.read() == expected;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
