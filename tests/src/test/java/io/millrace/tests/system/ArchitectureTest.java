package io.millrace.tests.system;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows between the parts: who may know whom. */
class ArchitectureTest {

    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "..")).toAbsolutePath().normalize();
    private static final List<String> MODULES = List.of("config", "gpu-connector", "persistence", "ejb", "web", "launcher");
    private static final int MOST_LINES = 400;
    /**
     * {@code Grammar}: llama.cpp's GBNF, parsed here so that no text can overflow its stack; one recursive descent.
     */
    private static final Set<String> LONGER = Set.of("Grammar.java");

    private static JavaClasses all;

    @BeforeAll
    static void read() {
        List<Path> folders = MODULES.stream().map(module -> ROOT.resolve(module).resolve("target/classes")).toList();
        folders.forEach(folder -> assertTrue(Files.isDirectory(folder), folder + " is not built"));
        all = new ClassFileImporter().importPaths(folders);
        assertTrue(all.size() > 150, all.size() + " classes");
    }

    /** {@code KvState} is memory that the bindings fill; others see its bytes. */
    @Test
    void onlyTheBindingsKnowNativeCode() {
        noClasses().that().resideOutsideOfPackage("..connector.llama..").and().doNotHaveFullyQualifiedName("io.millrace.connector.gpu.Nvml")
                .and().doNotHaveFullyQualifiedName("io.millrace.connector.engine.KvState")
                .should().dependOnClassesThat().resideInAPackage("java.lang.foreign..").check(all);
        noClasses().that().resideOutsideOfPackage("..connector.gpu..").should().dependOnClassesThat().resideInAPackage("jcuda..").check(all);
    }

    /** Of the incoming side; the connector has the outgoing one, and the launcher downloads and asks the running server. */
    @Test
    void onlyWebKnowsHttp() {
        noClasses().that().resideOutsideOfPackage("io.millrace.web..")
                .should().dependOnClassesThat().resideInAnyPackage("jakarta.ws.rs..", "jakarta.servlet..", "org.glassfish.grizzly..").check(all);
        noClasses().that().resideOutsideOfPackages("io.millrace.connector.http..", "io.millrace.launcher..")
                .should().dependOnClassesThat().resideInAPackage("java.net.http..").check(all);
    }

    /** {@code ManagedTransactions} hands persistence the container's {@code EntityManager}, which only a bean gets. */
    @Test
    void onlyPersistenceKnowsTheDatabase() {
        noClasses().that().resideOutsideOfPackage("io.millrace.persistence..").and().doNotHaveFullyQualifiedName("io.millrace.ejb.startup.ManagedTransactions")
                .should().dependOnClassesThat().resideInAPackage("jakarta.persistence..").check(all);
        noClasses().that().resideOutsideOfPackage("io.millrace.persistence..")
                .should().dependOnClassesThat().resideInAnyPackage("java.sql..", "org.hibernate..", "org.flywaydb..", "org.postgresql..").check(all);
    }

    @Test
    void oneClassReadsSettings() {
        var elsewhere = noClasses().that(resideInAnyPackage("io.millrace.ejb..", "io.millrace.web..", "io.millrace.persistence..", "io.millrace.connector..")
                .and(not(resideInAPackage("io.millrace.ejb.config.."))));
        elsewhere.should().callMethod(System.class, "getenv").orShould().callMethod(System.class, "getenv", String.class)
                .orShould().callMethod(System.class, "getProperty", String.class)
                .orShould().callMethod(System.class, "getProperty", String.class, String.class)
                .orShould().callMethod(System.class, "getProperties")
                .orShould().callMethod(Integer.class, "getInteger", String.class).orShould().callMethod(Boolean.class, "getBoolean", String.class)
                .orShould().dependOnClassesThat().resideInAPackage("org.eclipse.microprofile.config..").check(all);
    }

    @Test
    void theArrowsGoOneWay() {
        noClasses().that().resideInAPackage("io.millrace.web..").should().dependOnClassesThat().resideInAPackage("io.millrace.persistence..").check(all);
        noClasses().that().resideInAPackage("io.millrace.ejb..").should().dependOnClassesThat().resideInAPackage("io.millrace.web..").check(all);
        noClasses().that().resideInAPackage("io.millrace.persistence..")
                .should().dependOnClassesThat().resideInAnyPackage("io.millrace.web..", "io.millrace.ejb..", "io.millrace.connector..").check(all);
        noClasses().that().resideInAPackage("io.millrace.connector..")
                .should().dependOnClassesThat().resideInAnyPackage("io.millrace.web..", "io.millrace.ejb..", "io.millrace.persistence..", "io.millrace.config..")
                .check(all);
        noClasses().that().resideInAPackage("io.millrace.config..")
                .should().dependOnClassesThat(resideInAPackage("io.millrace..").and(not(resideInAPackage("io.millrace.config..")))).check(all);
        noClasses().that().resideOutsideOfPackage("io.millrace.launcher..").should().dependOnClassesThat().resideInAPackage("io.millrace.launcher..").check(all);
    }

    @Test
    void eachDoorOfTheWebKnowsOnlyThoseItIsMadeOf() {
        noClasses().that().resideInAPackage("io.millrace.web.openai..")
                .should().dependOnClassesThat().resideInAnyPackage("io.millrace.web.conversations..", "io.millrace.web.responses..").check(all);
        noClasses().that().resideInAPackage("io.millrace.web.conversations..")
                .should().dependOnClassesThat().resideInAnyPackage("io.millrace.web.openai..", "io.millrace.web.responses..").check(all);
    }

    @Test
    void theApplicationKnowsOfTheConnectorOnlyItsBoundaries() {
        noClasses().that().resideInAnyPackage("io.millrace.ejb..", "io.millrace.web..", "io.millrace.persistence..")
                .should().dependOnClassesThat(resideInAPackage("io.millrace.connector..")
                        .and(not(resideInAnyPackage("io.millrace.connector.engine..", "io.millrace.connector.remote.."))))
                .check(all);
        noClasses().that().resideInAnyPackage("io.millrace.web..", "io.millrace.persistence..")
                .should().dependOnClassesThat().resideInAPackage("io.millrace.connector.remote..").check(all);
        noClasses().that().resideInAPackage("io.millrace.connector.remote..")
                .should().dependOnClassesThat(resideInAPackage("io.millrace.connector..")
                        .and(not(resideInAnyPackage("io.millrace.connector.engine..", "io.millrace.connector.remote.."))))
                .check(all);
        noClasses().that().resideInAPackage("io.millrace.connector.engine..")
                .should().dependOnClassesThat(resideInAPackage("io.millrace.connector..").and(not(resideInAPackage("io.millrace.connector.engine.."))))
                .check(all);
    }

    @Test
    void theCoreIsLayered() {
        knowsOnly("lane");
        knowsOnly("flow");
        knowsOnly("vault");
        knowsOnly("kv", "vault");
        knowsOnly("batch", "lane", "flow", "kv");
        knowsOnly("config");
        knowsOnly("startup", "config");
        knowsOnly("quota", "cluster");
        knowsOnly("client", "lane", "quota");
        knowsOnly("audit", "startup");
        knowsOnly("model", "batch", "lane", "flow", "kv");
        knowsOnly("region", "config", "lane", "flow", "cluster");
        knowsOnly("cluster");
        knowsOnly("resume", "flow", "cluster");
        knowsOnly("vault");
        noClasses().that().resideOutsideOfPackage("io.millrace.ejb.vault..").should().dependOnClassesThat().resideInAPackage("com.github.luben..").check(all);
        noClasses().that().resideOutsideOfPackage("io.millrace.persistence.archive..").should().dependOnClassesThat()
                .resideInAPackage("software.amazon..").check(all);
        noClasses().that().resideOutsideOfPackages("io.millrace.ejb.cluster..", "io.millrace.ejb.tier..").should().dependOnClassesThat()
                .resideInAnyPackage("org.infinispan..", "org.jgroups..").check(all);
        knowsOnly("intake", "lane", "batch", "flow", "audit", "model", "metrics", "client", "quota", "region", "resume", "context");
        knowsOnly("tier");
        knowsOnly("context", "flow", "tier", "vault", "cluster", "kv");
        slices().matching("io.millrace.connector.(*)..").should().beFreeOfCycles().check(all);
    }

    /** A feature of {@code ejb} and those others that it may use. */
    private static void knowsOnly(String feature, String... others) {
        String[] allowed = Stream.concat(Stream.of(feature), Arrays.stream(others)).map(name -> "io.millrace.ejb." + name + "..").toArray(String[]::new);
        noClasses().that().resideInAPackage("io.millrace.ejb." + feature + "..")
                .should().dependOnClassesThat(resideInAPackage("io.millrace.ejb..").and(not(resideInAnyPackage(allowed)))).check(all);
    }

    @Test
    void packagesAreNamedForFeatures() {
        noClasses().should().resideInAnyPackage("..util..", "..utils..", "..common..", "..impl..", "..manager..", "..helper..", "..dto..").check(all);
    }

    /** Virtual threads are the exception: Jakarta Concurrency 3.0 has no managed ones. */
    @Test
    void threadsAreTheContainers() {
        noClasses().that(resideInAnyPackage("io.millrace.ejb..", "io.millrace.web..", "io.millrace.persistence.."))
                .and().doNotHaveFullyQualifiedName("io.millrace.web.http.StreamWriters")
                .and().doNotHaveFullyQualifiedName("io.millrace.ejb.region.RegionThreads")
                .and().doNotHaveFullyQualifiedName("io.millrace.ejb.context.ContextThreads")
                .should().dependOnClassesThat().haveFullyQualifiedName("java.util.concurrent.Executors")
                .orShould().callConstructor(Thread.class).orShould().callConstructor(Thread.class, Runnable.class)
                .orShould().callConstructor(Thread.class, Runnable.class, String.class).orShould().callConstructor(Thread.class, String.class)
                .orShould().callMethod(Thread.class, "ofVirtual").orShould().callMethod(Thread.class, "ofPlatform")
                .orShould().callMethod(Thread.class, "startVirtualThread", Runnable.class).check(all);
    }

    @Test
    void filesFitAReader() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                for (Path file : files.filter(each -> each.toString().endsWith(".java") && !LONGER.contains(each.getFileName().toString())).toList()) {
                    int lines = Files.readAllLines(file).size();
                    if (lines > MOST_LINES) {
                        tooLong.add(ROOT.relativize(file) + ": " + lines);
                    }
                }
            }
        }
        assertEquals(List.of(), tooLong);
    }
}
