package io.portask.store.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * The bytes of one file of a {@link SimulatedDisk}: what a reader sees now, what is surely on the device, and each state
 * in which a sector or the size has been since the last force, for the device may hold any of these. Guarded by its disk.
 */
final class SimulatedFile {
    static final int SECTOR = 512;

    private static final byte[] ZEROS = new byte[SECTOR];

    private byte[] current;
    private int size;
    private byte[] durable;
    private int durableSize;
    private final Map<Integer, List<byte[]>> unforcedSectors = new TreeMap<>();
    private final List<Integer> unforcedSizes = new ArrayList<>(0);

    SimulatedFile() {
        this(new byte[0]);
    }

    private SimulatedFile(byte[] content) {
        this.current = content;
        this.size = content.length;
        this.durable = content.clone();
        this.durableSize = size;
    }

    int size() {
        return size;
    }

    byte[] content() {
        return Arrays.copyOf(current, size);
    }

    int read(ByteBuffer target, int position) {
        if (position >= size) {
            return -1;
        }
        int length = Math.min(target.remaining(), size - position);
        target.put(current, position, length);
        return length;
    }

    void write(ByteBuffer source, int position) {
        int length = source.remaining();
        int end = position + length;
        if (end > current.length) {
            current = Arrays.copyOf(current, Math.max(end, current.length * 2));
        }
        source.get(current, position, length);
        if (end > size) {
            noteSectors(size, position);
            resize(end);
        }
        noteSectors(position, end);
    }

    void truncate(int newSize) {
        if (newSize < size) {
            Arrays.fill(current, newSize, size, (byte) 0);
            noteSectors(newSize, size);
            resize(newSize);
            current = Arrays.copyOf(current, newSize);
        }
    }

    private void resize(int newSize) {
        size = newSize;
        unforcedSizes.add(newSize);
    }

    private void noteSectors(int from, int to) {
        for (int sector = from / SECTOR; sector * SECTOR < to; sector++) {
            byte[] state = Arrays.copyOfRange(current, sector * SECTOR, (sector + 1) * SECTOR);
            unforcedSectors
                    .computeIfAbsent(sector, number -> new ArrayList<>(2))
                    .add(Arrays.equals(state, ZEROS) ? ZEROS : state);
        }
    }

    void force() {
        durable = extended(durable, size);
        unforcedSectors.forEach((sector, states) -> put(durable, sector, states.get(states.size() - 1)));
        durableSize = size;
        unforcedSectors.clear();
        unforcedSizes.clear();
    }

    /** The file with everything that was written, all of it forced. */
    SimulatedFile copy() {
        return new SimulatedFile(content());
    }

    /** What the device may hold if the power goes now. */
    SimulatedFile afterPowerLoss(Random random) {
        int bias = random.nextInt(4);
        byte[] content = durable.clone();
        for (Map.Entry<Integer, List<byte[]>> sector : unforcedSectors.entrySet()) {
            byte[] state = pick(random, bias, sector.getValue());
            if (state != null) {
                content = extended(content, (sector.getKey() + 1) * SECTOR);
                put(content, sector.getKey(), state);
            }
        }
        Integer newSize = pick(random, bias, unforcedSizes);
        return new SimulatedFile(Arrays.copyOf(content, newSize == null ? durableSize : newSize));
    }

    /** One of the states since the last force, or null for the one that was forced. */
    private static <T> T pick(Random random, int bias, List<T> states) {
        int count = states.size();
        if (count == 0 || bias == 0) {
            return null;
        }
        return switch (bias == 1 ? 0 : random.nextInt(bias == 2 ? 8 : 3)) {
            case 0 -> states.get(count - 1);
            case 1 -> null;
            case 2 -> states.get(random.nextInt(count));
            default -> states.get(count - 1);
        };
    }

    void flipBit(long bit) {
        current[(int) (bit / Byte.SIZE)] ^= (byte) (1 << bit % Byte.SIZE);
        durable = content();
        durableSize = size;
        unforcedSectors.clear();
        unforcedSizes.clear();
    }

    private static byte[] extended(byte[] bytes, int size) {
        return bytes.length < size ? Arrays.copyOf(bytes, Math.max(size, bytes.length * 2)) : bytes;
    }

    private static void put(byte[] target, int sector, byte[] state) {
        int from = sector * SECTOR;
        if (from < target.length) {
            System.arraycopy(state, 0, target, from, Math.min(SECTOR, target.length - from));
        }
    }
}
