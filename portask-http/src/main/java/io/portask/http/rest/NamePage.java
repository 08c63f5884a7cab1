package io.portask.http.rest;

import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * A page of names, for there may be more than fit into one answer.
 *
 * @param listed in their order
 * @param more whether there are others behind them
 */
record NamePage(List<String> listed, boolean more) {
    /** The parameters by which it is asked for. */
    static final Set<String> QUERY = Set.of("after", "limit");

    private static final int MAX_LISTED = 1_000;

    static NamePage of(Collection<String> names, Query query) {
        String after = query.get("after");
        int limit = limit(query);
        List<String> page = names.stream()
                .filter(name -> after == null || name.compareTo(after) > 0)
                .sorted()
                .limit(limit + 1L)
                .toList();
        boolean more = page.size() > limit;
        return new NamePage(more ? page.subList(0, limit) : page, more);
    }

    /** How many names a request wants at most. */
    static int limit(Query query) {
        return (int) query.integer("limit", 1, MAX_LISTED, MAX_LISTED);
    }
}
