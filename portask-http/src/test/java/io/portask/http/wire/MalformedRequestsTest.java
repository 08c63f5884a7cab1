package io.portask.http.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is not HTTP, or could be read in two ways, and the status with which each is refused. */
class MalformedRequestsTest {
    private static Arguments row(String name, int status, String request) {
        return Arguments.of(name, status, request);
    }

    private static String post(String fields, String body) {
        return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
    }

    private static String get(String fields) {
        return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    }

    static Stream<Arguments> requestLines() {
        return Stream.of(
                row("an empty request line after an empty line", 400, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("no version (HTTP/0.9)", 400, "GET /\r\n\r\n"),
                row("nothing but a method", 400, "GET\r\n\r\n"),
                row("two spaces before the target", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("two spaces before the version", 400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a tab instead of a space", 400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a space behind the version", 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
                row("a space before the method", 400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a method that is no token", 400, "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a method that nobody knows, too long", 501, "A".repeat(40) + " / HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a proxy's method", 501, "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
                row("an authority as the target of GET", 400, "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a path without a slash", 400, "GET index HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a path that begins like an authority", 400, "GET //evil/ HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a URI of another scheme", 400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a URI with a user", 400, "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a URI without a host", 400, "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("* for GET", 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a fragment", 400, "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a broken percent sign", 400, "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a letter beyond ASCII in the target", 400, "GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a control in the target", 400, "GET /\u0007 HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("NUL in the target", 400, "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a target that is too long", 414, "GET /" + "a".repeat(257) + " HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("a target that never ends", 414, "GET /" + "a".repeat(1000)),
                row("version 2.0", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
                row("version 0.9", 505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"),
                row("the preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                row("a version with more digits", 400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
                row("a version without a dot", 400, "GET / HTTP/11\r\nHost: a\r\n\r\n"),
                row("a version in small letters", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"),
                row("another protocol's version", 400, "GET / ICY/1.1\r\nHost: a\r\n\r\n"));
    }

    static Stream<Arguments> fields() {
        return Stream.of(
                row("a bare LF behind the request line", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"),
                row("a bare LF behind a field", 400, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
                row("a bare LF as the empty line", 400, "GET / HTTP/1.1\r\nHost: a\r\n\n"),
                row("a bare CR in a value", 400, get("X: a\rb\r\n")),
                row("CR CR LF", 400, get("X: a\r\r\n")),
                row("a bare CR before everything", 400, "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                row("NUL in a value", 400, get("X: a\0b\r\n")),
                row("NUL in a name", 400, get("X\0: a\r\n")),
                row("a control in a value", 400, get("X: a\u0001b\r\n")),
                row("DEL in a value", 400, get("X: a\u007fb\r\n")),
                row("a space before the colon", 400, get("X : a\r\n")),
                row("a tab before the colon", 400, get("X\t: a\r\n")),
                row("a space before the colon of Content-Length", 400, post("Content-Length : 5\r\n", "hello")),
                row("a space before the colon of Transfer-Encoding", 400, post("Transfer-Encoding : chunked\r\n", "")),
                row("a field without a colon", 400, get("X\r\n")),
                row("a field without a name", 400, get(": a\r\n")),
                row("a name with a space", 400, get("X Y: a\r\n")),
                row("a name beyond ASCII", 400, get("X\u00e9: a\r\n")),
                row("a name in quotes", 400, get("\"X\": a\r\n")),
                row("a field folded with a space", 400, get("X: a\r\n b\r\n")),
                row("a field folded with a tab", 400, get("X: a\r\n\tb\r\n")),
                row("a space before the first field", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
                row("too many fields", 431, get("X: a\r\n".repeat(21))),
                row("too many bytes of fields", 431, get(("X: " + "a".repeat(500) + "\r\n").repeat(5))),
                row("a field that never ends", 431, "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(3000)),
                row("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
                row("two Hosts", 400, get("Host: b\r\n")),
                row("two equal Hosts", 400, get("Host: a\r\n")),
                row("a Host with a path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
                row("a Host with a space", 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
                row("a Host with a user", 400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
                row("an unknown expectation", 417, post("Expect: tea\r\nContent-Length: 1\r\n", "x")),
                row("two expectations", 417, post("Expect: 100-continue\r\nExpect: 100-continue\r\n", "")));
    }

    static Stream<Arguments> framing() {
        return Stream.of(
                row(
                        "Content-Length and Transfer-Encoding",
                        400,
                        post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
                row(
                        "Transfer-Encoding and Content-Length",
                        400,
                        post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n")),
                row("two different lengths", 400, post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!")),
                row("two equal lengths", 400, post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")),
                row("a list of different lengths", 400, post("Content-Length: 5, 6\r\n", "hello!")),
                row("a list of equal lengths", 400, post("Content-Length: 5, 5\r\n", "hello")),
                row("an empty length", 400, post("Content-Length:\r\n", "")),
                row("a length with a plus", 400, post("Content-Length: +5\r\n", "hello")),
                row("a negative length", 400, post("Content-Length: -5\r\n", "hello")),
                row("a hexadecimal length", 400, post("Content-Length: 0x5\r\n", "hello")),
                row("a length with a fraction", 400, post("Content-Length: 5.0\r\n", "hello")),
                row("a length with a space within", 400, post("Content-Length: 1 0\r\n", "hello")),
                row("a length with a letter", 400, post("Content-Length: 5a\r\n", "hello")),
                row("a length in other digits", 400, post("Content-Length: \u00b2\r\n", "he")),
                row("a length beyond 64 bits", 413, post("Content-Length: 99999999999999999999\r\n", "")),
                row("a length that wraps around to 5", 413, post("Content-Length: 18446744073709551621\r\n", "hello")),
                row("a length above the limit", 413, post("Content-Length: 1001\r\n", "")),
                row("an empty coding", 400, post("Transfer-Encoding:\r\n", "0\r\n\r\n")),
                row("an unknown coding", 501, post("Transfer-Encoding: gzip\r\n", "")),
                row("an unknown coding before chunked", 501, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
                row("identity", 501, post("Transfer-Encoding: identity\r\n", "")),
                row("a coding that only looks like chunked", 501, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
                row("chunked before another", 400, post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")),
                row("chunked twice", 400, post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")),
                row(
                        "chunked in two fields",
                        400,
                        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
                row(
                        "chunked and identity in two fields",
                        400,
                        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")),
                row("chunked with a parameter", 400, post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")),
                row("chunked in quotes", 400, post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")),
                row("chunked behind a vertical tab", 400, post("Transfer-Encoding: \u000bchunked\r\n", "0\r\n\r\n")),
                row("chunked and a comma", 400, post("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n")),
                row(
                        "Transfer-Encoding in HTTP/1.0",
                        400,
                        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    }

    static Stream<Arguments> chunks() {
        return Stream.of(
                row("a chunk without a size", 400, chunked("\r\nhello\r\n0\r\n\r\n")),
                row("a chunk of extensions only", 400, chunked(";a=b\r\nhello\r\n0\r\n\r\n")),
                row("a size that is no number", 400, chunked("xyz\r\nhello\r\n0\r\n\r\n")),
                row("a size with 0x", 400, chunked("0x5\r\nhello\r\n0\r\n\r\n")),
                row("a negative size", 400, chunked("-5\r\nhello\r\n0\r\n\r\n")),
                row("a size with a plus", 400, chunked("+5\r\nhello\r\n0\r\n\r\n")),
                row("a space before the size", 400, chunked(" 5\r\nhello\r\n0\r\n\r\n")),
                row("a space behind the size", 400, chunked("5 \r\nhello\r\n0\r\n\r\n")),
                row("digits behind a space", 400, chunked("5 5\r\nhello\r\n0\r\n\r\n")),
                row("a size in other digits", 400, chunked("\u00b5\r\nhello\r\n0\r\n\r\n")),
                row("a size beyond 64 bits", 400, chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")),
                row("a size line that ends with LF", 400, chunked("5\nhello\r\n0\r\n\r\n")),
                row("a size line with a bare CR", 400, chunked("5\rhello\r\n0\r\n\r\n")),
                row("an extension that hides an LF", 400, chunked("5;a\nb\r\nhello\r\n0\r\n\r\n")),
                row("an extension with NUL", 400, chunked("5;a\0\r\nhello\r\n0\r\n\r\n")),
                row("an extension that is too long", 400, chunked("5;" + "a".repeat(300) + "\r\nhello\r\n0\r\n\r\n")),
                row("data longer than its size", 400, chunked("5\r\nhello!\r\n0\r\n\r\n")),
                row("data that ends with LF", 400, chunked("5\r\nhello\n0\r\n\r\n")),
                row("data that ends with CR and another", 400, chunked("5\r\nhello\rX0\r\n\r\n")),
                row("a chunk above the limit", 413, chunked("3e9\r\n")),
                row("chunks that together are above the limit", 413, chunked("1\r\na\r\n3e8\r\n")),
                row("a chunk of 2^59 bytes", 413, chunked("800000000000000\r\n")),
                row("a trailer without a colon", 400, chunked("0\r\nX\r\n\r\n")),
                row("a trailer with a space before the colon", 400, chunked("0\r\nX : a\r\n\r\n")),
                row("a folded trailer", 400, chunked("0\r\nX: a\r\n b\r\n\r\n")),
                row("a trailer that ends with LF", 400, chunked("0\r\nX: a\n\r\n")),
                row("a trailer that says the length", 400, chunked("0\r\nContent-Length: 5\r\n\r\n")),
                row("a trailer that says the coding", 400, chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n")),
                row("too many trailers", 431, chunked("0\r\n" + "X: a\r\n".repeat(21) + "\r\n")),
                row("too large trailers", 431, chunked("0\r\nX: " + "a".repeat(3000))));
    }

    private static String chunked(String body) {
        return post("Transfer-Encoding: chunked\r\n", body);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource({"requestLines", "fields", "framing", "chunks"})
    void isRefused(String name, int status, String request) {
        DecodedRequests whole = DecodedRequests.of(request);

        assertThat(whole.refusedWith).as(whole.told.toString()).isEqualTo(status);
        assertThat(whole.told).hasSize(1);
        assertThat(whole.leftBytes()).as("bytes kept of a refused connection").isZero();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource({"requestLines", "fields", "framing", "chunks"})
    void isRefusedJustSoWhenItComesByteByByte(String name, int status, String request) {
        DecodedRequests pieces = new DecodedRequests(1000);
        for (int i = 0; i < request.length(); i++) {
            pieces.feed((byte) request.charAt(i));
        }

        assertThat(pieces.refusedWith).as(pieces.told.toString()).isEqualTo(status);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource({"requestLines", "fields", "framing", "chunks"})
    void isRefusedJustSoBehindAGoodRequest(String name, int status, String request) {
        DecodedRequests decoded = DecodedRequests.of(post("Content-Length: 2\r\n", "ok") + request);

        assertThat(decoded.refusedWith).as(decoded.told.toString()).isEqualTo(status);
        assertThat(decoded.told).hasSize(2);
    }
}
