package io.portask.http.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The description of all operations, in OpenAPI 3.1. */
final class OpenApiOperations {
    private static final String RESOURCE = "openapi.json";

    private final byte[] document = bytes();

    List<Operation> operations() {
        return List.of(Operation.of(
                "GET",
                "/api/v1/openapi.json",
                request -> CompletableFuture.completedFuture(RestAnswer.bytes(200, RestAnswer.JSON, document))));
    }

    private static byte[] bytes() {
        try (InputStream in = OpenApiOperations.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing in this jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
