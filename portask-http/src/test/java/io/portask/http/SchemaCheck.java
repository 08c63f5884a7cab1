package io.portask.http;

import static io.portask.http.TestJson.array;
import static io.portask.http.TestJson.object;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Holds JSON to the part of JSON Schema that the OpenAPI document uses; another keyword is an error. */
final class SchemaCheck {
    private static final String SCHEMAS = "#/components/schemas/";

    private final Map<String, Object> schemas;
    private final List<String> problems = new ArrayList<>();

    private SchemaCheck(Map<String, Object> schemas) {
        this.schemas = schemas;
    }

    /** What does not fit; empty if all does. */
    static List<String> problems(Map<String, Object> schemas, Map<String, Object> schema, Object value) {
        SchemaCheck check = new SchemaCheck(schemas);
        check.check("", schema, value);
        return check.problems;
    }

    private void check(String at, Map<String, Object> schema, Object value) {
        schema.forEach((keyword, rule) -> {
            switch (keyword) {
                case "$ref" -> check(at, object(schemas.get(((String) rule).substring(SCHEMAS.length()))), value);
                case "type" -> require(at, isOfType(rule, value), value + " is not " + rule);
                case "enum" -> require(at, array(rule).contains(value), value + " is none of " + rule);
                case "minimum" -> require(at, !(value instanceof Long n) || n >= (Long) rule, value + " < " + rule);
                case "maximum" -> require(at, !(value instanceof Long n) || n <= (Long) rule, value + " > " + rule);
                case "required" ->
                    array(rule).forEach(name -> require(at, object(value).containsKey(name), name + " is missing"));
                case "items" -> checkItems(at, object(rule), value);
                case "minItems" -> require(at, array(value).size() >= (Long) rule, "has too few");
                case "maxItems" -> require(at, array(value).size() <= (Long) rule, "has too many");
                case "oneOf" -> checkOneOf(at, array(rule), value);
                case "properties" -> checkProperties(at, object(rule), value);
                case "additionalProperties" -> checkOthers(at, schema, rule, value);
                case "description", "default" -> {}
                default -> problems.add(at + ": keyword " + keyword + " is not known to this check");
            }
        });
    }

    private void require(String at, boolean holds, String otherwise) {
        if (!holds) {
            problems.add(at + ": " + otherwise);
        }
    }

    private static boolean isOfType(Object type, Object value) {
        if (type instanceof List<?> several) {
            return several.stream().anyMatch(each -> isOfType(each, value));
        }
        return switch ((String) type) {
            case "object" -> value instanceof Map;
            case "array" -> value instanceof List;
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Long;
            case "number" -> value instanceof Number;
            case "boolean" -> value instanceof Boolean;
            case "null" -> value == null;
            default -> throw new IllegalArgumentException("There is no type " + type);
        };
    }

    private void checkItems(String at, Map<String, Object> schema, Object value) {
        if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                check(at + "/" + i, schema, list.get(i));
            }
        }
    }

    private void checkOneOf(String at, List<Object> options, Object value) {
        long fitting = options.stream()
                .filter(option -> problems(schemas, object(option), value).isEmpty())
                .count();
        require(at, fitting == 1, fitting + " of the options fit");
    }

    private void checkProperties(String at, Map<String, Object> properties, Object value) {
        if (value instanceof Map) {
            object(value).forEach((name, each) -> {
                if (properties.containsKey(name)) {
                    check(at + "/" + name, object(properties.get(name)), each);
                }
            });
        }
    }

    private void checkOthers(String at, Map<String, Object> schema, Object rule, Object value) {
        Map<String, Object> known = object(schema.getOrDefault("properties", Map.of()));
        if (value instanceof Map) {
            object(value).forEach((name, each) -> {
                if (!known.containsKey(name)) {
                    if (rule instanceof Map) {
                        check(at + "/" + name, object(rule), each);
                    } else {
                        require(at, !Boolean.FALSE.equals(rule), name + " is not documented");
                    }
                }
            });
        }
    }
}
