package io.portask.client;

import io.portask.consumer.GroupDescription;
import io.portask.consumer.OffsetReset;
import io.portask.error.ErrorCode;
import io.portask.protocol.FrameType;
import io.portask.protocol.GroupsRequest;
import io.portask.protocol.GroupsResponse;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What operators see of consumer groups and do to them; see {@link PortaskClient#groups()}. Any thread. */
public final class ClientGroups {
    private final PortaskClient client;

    ClientGroups(PortaskClient client) {
        this.client = client;
    }

    /** The names of all groups, in order: those that have members, and those under whose name offsets were committed. */
    public CompletionStage<List<String>> listAsync() {
        return call(GroupsRequest.list(), GroupsResponse::decodeNames);
    }

    public List<String> list() {
        return client.await(listAsync());
    }

    /**
     * Members, offsets and lag.
     *
     * @return fails with {@link ErrorCode#INVALID_REQUEST} for a name without members and offsets
     */
    public CompletionStage<GroupDescription> describeAsync(String group) {
        return call(GroupsRequest.describe(group), payload -> List.of(GroupsResponse.decodeDescription(payload)))
                .thenApply(GroupsResponse::merged);
    }

    public GroupDescription describe(String group) {
        return client.await(describeAsync(group));
    }

    /**
     * Forgets a group and its offsets. Changes nothing for one that is not known.
     *
     * @return fails with {@link ErrorCode#GROUP_MODE_MISMATCH} while it has members
     */
    public CompletionStage<@Nullable Void> deleteAsync(String group) {
        return call(GroupsRequest.delete(group), payload -> List.of()).thenApply(nothing -> null);
    }

    public void delete(String group) {
        client.await(deleteAsync(group));
    }

    /**
     * Has a group go on elsewhere.
     *
     * @return where it goes on; fails with {@link ErrorCode#GROUP_MODE_MISMATCH} while one of the partitions is assigned to a member, {@link
     *     ErrorCode#UNKNOWN_TOPIC} and {@link ErrorCode#UNKNOWN_PARTITION} for those that are not there
     */
    public CompletionStage<Map<TopicPartition, Long>> resetAsync(String group, OffsetReset reset) {
        return call(
                        GroupsRequest.reset(group, reset),
                        payload -> List.copyOf(
                                GroupsResponse.decodeOffsets(payload).entrySet()))
                .thenApply(ClientGroups::map);
    }

    public Map<TopicPartition, Long> reset(String group, OffsetReset reset) {
        return client.await(resetAsync(group, reset));
    }

    private static Map<TopicPartition, Long> map(List<Map.Entry<TopicPartition, Long>> entries) {
        Map<TopicPartition, Long> offsets = new TreeMap<>();
        entries.forEach(entry -> offsets.put(entry.getKey(), entry.getValue()));
        return offsets;
    }

    private <T> CompletionStage<List<T>> call(GroupsRequest request, Function<ByteBuffer, List<T>> decoder) {
        return client.list(new ListCall<>(FrameType.GROUPS, request::encode, decoder));
    }
}
