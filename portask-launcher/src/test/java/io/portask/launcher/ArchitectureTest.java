package io.portask.launcher;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the arrows between modules and packages. It stands here because here everything is on the class path. */
class ArchitectureTest {
    private static final int MAX_LINES = 500;

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.portask");

    @Test
    void dependenciesPointDownOnly() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("io.portask..")
                .ensureAllClassesAreContainedInArchitecture()
                .layer("launcher")
                .definedBy("io.portask.launcher..")
                .layer("http")
                .definedBy("io.portask.http..")
                .layer("client")
                .definedBy("io.portask.client..")
                .layer("transport")
                .definedBy("io.portask.transport..")
                .layer("protocol")
                .definedBy("io.portask.protocol..")
                .layer("core")
                .definedBy(
                        "io.portask.broker..",
                        "io.portask.consumer..",
                        "io.portask.group..",
                        "io.portask.queue..",
                        "io.portask.store..",
                        "io.portask.record..",
                        "io.portask.net..",
                        "io.portask.io..",
                        "io.portask.error..")
                .whereLayer("launcher")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers("launcher")
                .whereLayer("client")
                .mayOnlyBeAccessedByLayers("launcher")
                .whereLayer("transport")
                .mayOnlyBeAccessedByLayers("launcher", "client")
                .whereLayer("protocol")
                .mayOnlyBeAccessedByLayers("launcher", "client")
                .check(CLASSES);
    }

    @Test
    void onlyTheTransportKnowsSocketsAndSelectors() {
        noClasses()
                .that()
                .resideInAnyPackage("io.portask..")
                .and()
                .resideOutsideOfPackage("io.portask.transport..")
                .should()
                .dependOnClassesThat()
                .haveNameMatching("java\\.(net|nio\\.channels)\\.(\\w*Socket(Channel)?|Selector|SelectionKey)")
                .check(CLASSES);
    }

    @Test
    void theClientHasNoBroker() {
        noClasses()
                .that()
                .resideInAPackage("io.portask.client..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.portask.broker..", "io.portask.store.log..", "io.portask.store.memory..")
                .check(CLASSES);
    }

    @Test
    void theTransportKnowsNoProtocolAndNoBroker() {
        noClasses()
                .that()
                .resideInAPackage("io.portask.transport..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.portask.broker..", "io.portask.store..", "io.portask.record..", "io.portask.protocol..")
                .check(CLASSES);
    }

    @Test
    void httpKnowsTheCoreOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.portask.http..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.portask.transport..",
                        "io.portask.protocol..",
                        "io.portask.client..",
                        "io.portask.store.log..",
                        "io.portask.store.memory..")
                .check(CLASSES);
    }

    @Test
    void withinHttpNobodyKnowsTheEntry() {
        noClasses()
                .that()
                .resideInAPackage("io.portask.http.(*)..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.portask.http")
                .check(CLASSES);
    }

    @Test
    void storesDoNotKnowTheBroker() {
        noClasses()
                .that()
                .resideInAPackage("io.portask.store..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.portask.broker..", "io.portask.net..")
                .check(CLASSES);
    }

    @Test
    void onlyTheRedisStoreKnowsRedisAndNobodyKnowsIt() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.portask.store.redis..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.portask.store.redis..", "io.lettuce..", "io.netty..")
                .check(CLASSES);
    }

    @Test
    void packagesFormNoCycles() {
        slices().matching("io.portask.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    /** These fail without {@code --add-opens}, and embedding Portask must need no flag. */
    @Test
    void onlyTheFlagFreePartOfAgronaIsUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveNameMatching("org\\.agrona\\.(concurrent\\.)?("
                        + "UnsafeBuffer|AtomicBuffer|MappedResizeableBuffer|Expandable\\w*Buffer|.*RingBuffer.*"
                        + "|BufferUtil|IoUtil|UnsafeAccess|UnsafeApi|MemoryAccess)")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("org\\.agrona\\.concurrent\\.(ringbuffer|broadcast|status|errors)\\..*")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("org\\.agrona\\.concurrent\\.\\w*(To\\w+Concurrent\\w+Queue|ConcurrentArrayQueue)")
                .check(CLASSES);
    }

    @Test
    void nothingPrintsToStandardOutputPastTheTerminal() {
        noClasses().should().accessField(System.class, "out").check(CLASSES);
    }

    @Test
    void noSourceFileIsLongerThanFiveHundredLines() throws IOException {
        Path root = Path.of("..").toRealPath();
        try (Stream<Path> files = Files.walk(root)) {
            List<String> tooLong = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !root.relativize(file).toString().contains("target/"))
                    .filter(file -> lines(file) > MAX_LINES)
                    .map(file -> root.relativize(file) + " has " + lines(file) + " lines")
                    .toList();
            assertThat(tooLong).isEmpty();
        }
    }

    private static long lines(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
