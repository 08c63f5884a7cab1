package io.portask.broker;

/** Something that ends with its broker. */
interface Attached extends AutoCloseable {
    @Override
    void close();
}
