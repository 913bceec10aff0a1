package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.kv.KvStore.Bounds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What comes back from the disk, and what does not, with the threads that there are in a server. */
@Timeout(120)
class DiskTest {

    private static final Origin TALK = new Origin("tenant", "space", "talk");
    private static final int PROMPT = 200;
    private static final int MOST = 40;
    private static final int CELLS = 8_192;
    private static final int TALKS = 6;
    private static final Duration NEVER = Duration.ofDays(1);

    @TempDir
    private Path folder;

    @Test
    void aPromptThatComesBackAfterARestartIsNotComputedAgain() throws Exception {
        int[] prompt = prompt(1);
        Answer first = saved(prompt);
        assertEquals(0, first.usage().cachedTokens());
        try (DiskLoop again = open(Faults.none(), NEVER)) {
            Answer second = again.ask(TALK, prompt, MOST);
            assertEquals(first.textHash(), second.textHash());
            assertEquals(PROMPT - 1, second.usage().cachedTokens(), "all but the one that the answer is computed from");
            assertEquals(1, again.loop.stats().restores());
        }
    }

    /** It begins as what lies there, and goes on differently. */
    @Test
    void whatAPromptHasInCommonIsCutOut() throws Exception {
        saved(prompt(1));
        int[] other = prompt(1);
        other[150] = 'Z';
        Answer alone;
        try (DiskLoop fresh = new DiskLoop(folder.resolve("nothing"), engine(Faults.none()), settings(), NEVER)) {
            alone = fresh.ask(TALK, other, MOST);
        }
        try (DiskLoop again = open(Faults.none(), NEVER)) {
            Answer second = again.ask(TALK, other, MOST);
            assertEquals(alone.textHash(), second.textHash());
            assertEquals(150, second.usage().cachedTokens());
        }
    }

    @Test
    void whatKeptSlotsHoldIsSavedWhenOthersNeedTheirCells() throws Exception {
        int[] prompt = prompt(1);
        try (DiskLoop once = new DiskLoop(folder, new SimulatedEngine(4, 400, 64, Faults.none()), settings(), NEVER)) {
            Answer first = once.ask(TALK, prompt, MOST);
            once.ask(TALK, prompt(2), MOST);
            DiskLoop.await(() -> once.store.files() > 0);
            Answer second = once.ask(TALK, prompt, MOST);
            assertEquals(first.textHash(), second.textHash());
            assertEquals(PROMPT - 1, second.usage().cachedTokens());
        }
    }

    /** Attention looks over every cell in use, whoever's it is. */
    @Test
    void whereACpuComputesThePastLiesOnTheDiskAndNotInCells() throws Exception {
        try (DiskLoop loop = new DiskLoop(folder, engine(Faults.none()), byTurns(), NEVER)) {
            List<Answer> first = askAll(loop);
            DiskLoop.await(() -> loop.loop.stats().cellsKept() <= CELLS / 16);
            DiskLoop.await(() -> loop.store.files() >= TALKS - CELLS / 16 / PROMPT);
            List<Answer> again = askAll(loop);
            for (int i = 0; i < TALKS; i++) {
                assertEquals(first.get(i).textHash(), again.get(i).textHash());
                assertEquals(PROMPT - 1, again.get(i).usage().cachedTokens(), "whoever comes back finds his own, wherever it lies");
            }
            assertTrue(loop.loop.stats().restores() > 0);
        }
    }

    @Test
    void whatTheDiskWillNotHaveKeepsItsCells() throws Exception {
        try (DiskLoop loop = new DiskLoop(folder, new Bounds(1L << 28, 10), engine(Faults.none()), byTurns(), NEVER)) {
            askAll(loop);
            assertTrue(loop.loop.stats().cellsKept() > CELLS / 8, loop.loop.stats().cellsKept() + " cells are kept");
            assertEquals(0, loop.store.files());
        }
    }

    private static List<Answer> askAll(DiskLoop loop) throws InterruptedException {
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < TALKS; i++) {
            answers.add(loop.ask(new Origin("tenant", "space", "talk " + i), prompt(i), MOST));
        }
        return answers;
    }

    @Test
    void anotherSpaceFindsNothingOfIt() throws Exception {
        int[] prompt = prompt(1);
        Answer first = saved(prompt);
        try (DiskLoop again = open(Faults.none(), NEVER)) {
            Answer second = again.ask(new Origin("tenant", "other"), prompt, MOST);
            assertEquals(first.textHash(), second.textHash());
            assertEquals(0, second.usage().cachedTokens());
        }
    }

    @Test
    void whatWasDamagedIsComputed() throws Exception {
        int[] prompt = prompt(1);
        Answer first = saved(prompt);
        try (DiskLoop again = open(Faults.none(), NEVER)) {
            Path file = files().getFirst();
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length - 5] ^= 1;
            Files.write(file, bytes);
            Answer second = again.ask(TALK, prompt, MOST);
            assertEquals(first.textHash(), second.textHash());
            assertEquals(0, second.usage().cachedTokens());
            assertEquals(1, again.store.damaged());
        }
    }

    @Test
    void whatTheEngineRefusesIsComputedAndLiesThereNoMore() throws Exception {
        int[] prompt = prompt(1);
        Answer first = saved(prompt);
        try (DiskLoop again = open(new Faults(1, 0, 0, 0, 0, 0, 1, 0), NEVER)) {
            Answer second = again.ask(TALK, prompt, MOST);
            assertEquals(first.textHash(), second.textHash());
            assertEquals(0, second.usage().cachedTokens(), "what was not restored is no hit");
            assertEquals(0, again.store.files());
        }
        assertEquals(List.of(), files());
    }

    @Test
    void aConversationThatIsForgottenLeavesNothing() throws Exception {
        saved(prompt(1));
        try (DiskLoop again = open(Faults.none(), Duration.ZERO)) {
            again.ask(TALK, prompt(2), MOST);
            again.loop.forget("talk");
            again.store.forget("talk");
            DiskLoop.await(() -> again.loop.stats().cellsKept() == 0);
            assertEquals(List.of(), files());
            again.ask(new Origin("tenant", "space", "another"), prompt(3), MOST);
            DiskLoop.await(() -> again.store.files() == 1);
            again.ask(TALK, prompt(4), MOST);
            again.ask(new Origin("tenant", "space", "a third"), prompt(5), MOST);
            DiskLoop.await(() -> again.store.files() == 2);
            assertEquals(2, files().size(), "nothing of it is ever stored again");
        }
    }

    /** What was to be copied there by the next step never is; its memory is looked for when the loop is closed. */
    @Test
    void aLoopThatIsStoppedInTheMiddleGivesItsMemoryBack() throws Exception {
        Held held = new Held(engine(Faults.none()), PROMPT / 64 + 3);
        BatchSettings nothingKept = new BatchSettings(3, 3, 1, 64, 64, 0, NEVER, NEVER, Duration.ZERO, 0, 0.5, 0, KvType.F16, false);
        try (DiskLoop once = new DiskLoop(folder, new Bounds(1 << 20, 4_000), held, nothingKept, Duration.ZERO)) {
            once.begin(TALK, prompt(1), MOST);
            held.reached.await();
        }
    }

    /** Stays in one of its steps until it is aborted. */
    private static final class Held extends WrappedEngine {
        private final CountDownLatch reached;
        private final CountDownLatch aborted = new CountDownLatch(1);

        Held(EngineConnection engine, int steps) {
            super(engine);
            reached = new CountDownLatch(steps);
        }

        @Override
        public StepResult step(StepPlan plan) throws EngineException {
            StepResult result = engine.step(plan);
            reached.countDown();
            try {
                if (reached.getCount() == 0) {
                    aborted.await();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return result;
        }

        @Override
        public void abort() {
            aborted.countDown();
        }
    }

    private Answer saved(int[] prompt) throws Exception {
        try (DiskLoop once = open(Faults.none(), Duration.ZERO)) {
            Answer answer = once.ask(TALK, prompt, MOST);
            DiskLoop.await(() -> once.store.files() == 1);
            return answer;
        }
    }

    private DiskLoop open(Faults faults, Duration after) throws Exception {
        return new DiskLoop(folder, engine(faults), settings(), after);
    }

    private static EngineConnection engine(Faults faults) {
        return new SimulatedEngine(8, CELLS, 64, faults);
    }

    private static BatchSettings settings() {
        return BatchSettings.of(3, 1, 64);
    }

    /** As where a CPU computes. */
    private static BatchSettings byTurns() {
        return new BatchSettings(3, 3, 1, 64, 64, 0, NEVER, NEVER, Duration.ZERO, 1, 0.5, Long.MAX_VALUE, KvType.F16, false);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static int[] prompt(int kind) {
        return IntStream.range(0, PROMPT).map(i -> 'a' + (i * (kind + 1) + kind) % 26).toArray();
    }
}
