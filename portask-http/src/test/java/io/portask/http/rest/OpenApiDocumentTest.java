package io.portask.http.rest;

import static io.portask.http.TestJson.array;
import static io.portask.http.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.consumer.GroupMode;
import io.portask.error.ErrorCode;
import io.portask.group.GroupState;
import io.portask.group.MemberState;
import io.portask.http.TestJson;
import io.portask.http.admin.AdminControl;
import io.portask.http.admin.ServerState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The document and the router have the same operations with the same parameters. */
class OpenApiDocumentTest {
    /** Documented ahead of its operation, and demanded once there is one. */
    private static final String STREAM = "GET /api/v1/topics/{topic}/stream";

    private final Map<String, Object> document = read();

    private static Map<String, Object> read() {
        try (InputStream in = OpenApiDocumentTest.class.getResourceAsStream("openapi.json")) {
            return object(TestJson.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Operation> operations() {
        AdminControl admin = new AdminControl() {
            @Override
            public Map<String, String> config() {
                return Map.of();
            }

            @Override
            public void change(Map<String, String> changes) {}

            @Override
            public void shutdown() {}
        };
        return new RestSpec(
                        Broker.builder().store("memory:").build(),
                        new SimpleMeterRegistry(),
                        List.of(),
                        () -> ServerState.READY,
                        admin,
                        "")
                .router()
                .operations();
    }

    /** Method and path to the names of parameters in the query. */
    private static Map<String, Set<String>> served() {
        return operations().stream()
                .collect(Collectors.toMap(
                        one -> one.method() + " " + one.template(), Operation::query, (a, b) -> a, TreeMap::new));
    }

    private Map<String, Map<String, Object>> documented() {
        Map<String, Map<String, Object>> found = new TreeMap<>();
        object(document.get("paths"))
                .forEach((path, methods) -> object(methods)
                        .forEach((method, operation) ->
                                found.put(method.toUpperCase(Locale.ROOT) + " " + path, object(operation))));
        return found;
    }

    private static Set<String> parameters(Map<String, Object> operation, String where) {
        return parameters(operation)
                .filter(parameter -> parameter.get("in").equals(where))
                .map(parameter -> (String) parameter.get("name"))
                .collect(Collectors.toSet());
    }

    private static Stream<Map<String, Object>> parameters(Map<String, Object> operation) {
        return array(operation.getOrDefault("parameters", List.of())).stream().map(TestJson::object);
    }

    @Test
    void itHasExactlyTheOperationsThatAreServed() {
        Set<String> expected = new TreeSet<>(served().keySet());
        expected.add(STREAM);
        assertThat(documented().keySet()).isEqualTo(expected);
    }

    @Test
    void parametersOfTheQueryAreThoseThatAreKnown() {
        Map<String, Map<String, Object>> documented = documented();
        served().forEach((operation, query) -> assertThat(parameters(documented.get(operation), "query"))
                .as(operation)
                .isEqualTo(query));
    }

    @Test
    void parametersOfThePathAreThoseOfItsTemplate() {
        documented().forEach((name, operation) -> {
            Set<String> wanted = Stream.of(name.split("[{]"))
                    .skip(1)
                    .map(part -> part.substring(0, part.indexOf('}')))
                    .collect(Collectors.toSet());
            assertThat(parameters(operation, "path")).as(name).isEqualTo(wanted);
            assertThat(parameters(operation)
                            .filter(parameter -> parameter.get("in").equals("path")))
                    .as(name)
                    .allSatisfy(parameter -> assertThat(parameter).containsEntry("required", true));
        });
    }

    @Test
    void operationsHaveNamesOfTheirOwn() {
        assertThat(documented().values().stream().map(each -> each.get("operationId")))
                .doesNotHaveDuplicates()
                .doesNotContainNull();
    }

    @Test
    void whatMembersOfAGroupRefuseSaysSo() {
        assertThat(documented().entrySet().stream()
                        .filter(each -> object(each.getValue().get("responses")).containsKey("409"))
                        .map(Map.Entry::getKey))
                .containsExactlyInAnyOrder(
                        "POST /api/v1/consumers/{consumer}/offsets",
                        "POST /api/v1/consumers/{consumer}/reset",
                        "DELETE /api/v1/consumers/{consumer}",
                        "POST /api/v1/groups/{group}/reset",
                        "DELETE /api/v1/groups/{group}");
    }

    @Test
    void itKnowsAllModesAndStatesOfGroups() {
        Map<String, Object> schemas = object(object(document.get("components")).get("schemas"));
        assertThat(array(object(schemas.get("GroupMode")).get("enum"))).isEqualTo(words(GroupMode.values()));
        assertThat(array(object(schemas.get("GroupState")).get("enum")))
                .containsExactlyInAnyOrderElementsOf(words(GroupState.values()));
        Map<String, Object> group = object(object(schemas.get("Group")).get("properties"));
        Map<String, Object> member = object(object(group.get("members")).get("items"));
        assertThat(array(object(object(member.get("properties")).get("state")).get("enum")))
                .containsExactlyInAnyOrderElementsOf(words(MemberState.values()));
    }

    private static List<Object> words(Enum<?>[] constants) {
        return Stream.of(constants)
                .<Object>map(each -> each.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    @Test
    void itKnowsAllCodesOfErrors() {
        Map<String, Object> schemas = object(object(document.get("components")).get("schemas"));
        assertThat(array(object(schemas.get("ErrorCode")).get("enum")))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(ErrorCode.values()).map(Enum::name).toList());
    }
}
