package io.portask.http.wire;

import com.sun.net.httpserver.Headers;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request, which nobody changes once they are read, as the JDK's API has it. To ask for one that is not there
 * costs nothing: {@link Headers} makes two copies of a name before it looks it up. One thread until it is frozen, then any.
 */
final class RequestFields extends Headers {
    /** A bit for each kind of name that is there, by its length and first letter. */
    private long present;

    private boolean frozen;

    RequestFields freeze() {
        for (Map.Entry<String, List<String>> field : super.entrySet()) {
            field.setValue(List.copyOf(field.getValue()));
        }
        frozen = true;
        return this;
    }

    private static long kind(String name) {
        return name.isEmpty() ? 0 : 1L << (name.length() * 7 + (name.charAt(0) | 0x20));
    }

    private void note(String name) {
        checkOpen();
        present |= kind(name);
    }

    private void checkOpen() {
        if (frozen) {
            throw new UnsupportedOperationException("The fields of a request cannot be changed");
        }
    }

    private boolean maybe(@Nullable Object name) {
        return name instanceof String text && (present & kind(text)) != 0;
    }

    @Override
    public boolean containsKey(Object name) {
        return maybe(name) && super.containsKey(name);
    }

    @Override
    public @Nullable List<String> get(Object name) {
        return maybe(name) ? super.get(name) : null;
    }

    @Override
    public @Nullable String getFirst(String name) {
        return maybe(name) ? super.getFirst(name) : null;
    }

    @Override
    public void add(String name, String value) {
        note(name);
        super.add(name, value);
    }

    @Override
    public void set(String name, String value) {
        note(name);
        super.set(name, value);
    }

    @Override
    public @Nullable List<String> put(String name, List<String> values) {
        note(name);
        return super.put(name, values);
    }

    @Override
    public void putAll(Map<? extends String, ? extends List<String>> fields) {
        fields.forEach(this::put);
    }

    @Override
    public @Nullable List<String> remove(Object name) {
        checkOpen();
        return super.remove(name);
    }

    @Override
    public Set<Map.Entry<String, List<String>>> entrySet() {
        Set<Map.Entry<String, List<String>>> fields = super.entrySet();
        return frozen ? fields.stream().map(Map.Entry::copyOf).collect(Collectors.toUnmodifiableSet()) : fields;
    }

    @Override
    public Set<String> keySet() {
        return frozen ? Collections.unmodifiableSet(super.keySet()) : super.keySet();
    }

    @Override
    public Collection<List<String>> values() {
        return frozen ? Collections.unmodifiableCollection(super.values()) : super.values();
    }

    @Override
    public void clear() {
        checkOpen();
        super.clear();
    }
}
