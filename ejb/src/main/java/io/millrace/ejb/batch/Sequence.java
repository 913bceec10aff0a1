package io.millrace.ejb.batch;

import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.kv.KvStore.Match;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.Waiter;
import java.util.Arrays;

/**
 * One choice of a call on its way through an engine: the prompt, what was generated, and how much of both is in the
 * engine's KV cache. It waits in a lane without a slot, or paused with its slot, or runs. Owned by the batch thread.
 */
public final class Sequence implements Waiter {

    /** What one token of an answer costs against one of a prompt, as in the virtual token counter's paper. */
    static final int ANSWER_WEIGHT = 2;

    private final Answer answer;
    private final int choice;
    private final Lane lane;
    private final Origin origin;
    private final Sampling sampling;
    private final int promptLength;
    private final int work;
    private int[] tokens;
    private int length;
    private int cached;
    private SlotId slot;
    private KvSnapshot snapshot;
    private int planned;
    private int replays;
    /** Cells that it finds from now on were its own work. */
    private boolean placedBefore;
    /** Tokens that were found for it and of which nobody was told. */
    private int hits;
    private DiskLoads.Awaited awaited;
    private Match restored;
    private boolean unlucky;
    private boolean forgotten;

    /**
     * Whom a sequence belongs to.
     *
     * @param tenant who shares lanes equally with others
     * @param space  within which prompts may share their beginnings
     * @param conversation by which what is stored of it can be forgotten; null where it belongs to none
     */
    public record Origin(String tenant, String space, String conversation) {
        public Origin(String tenant, String space) {
            this(tenant, space, null);
        }
    }

    /**
     * @param prompt         at least one token
     * @param expectedAnswer tokens that it will probably generate
     */
    public Sequence(Answer answer, int choice, Lane lane, Origin origin, Sampling sampling, int[] prompt,
                    int expectedAnswer) {
        this.answer = answer;
        this.choice = choice;
        this.lane = lane;
        this.origin = origin;
        this.sampling = sampling;
        this.tokens = prompt.clone();
        this.length = prompt.length;
        this.promptLength = prompt.length;
        this.work = prompt.length + ANSWER_WEIGHT * expectedAnswer;
    }

    /** As if it had generated these tokens already. */
    public Sequence after(int[] said) {
        for (int token : said) {
            append(token);
        }
        return this;
    }

    public Answer answer() {
        return answer;
    }

    public int choice() {
        return choice;
    }

    @Override
    public Lane lane() {
        return lane;
    }

    @Override
    public String tenant() {
        return origin.tenant();
    }

    @Override
    public int work() {
        return work;
    }

    String space() {
        return origin.space();
    }

    Origin origin() {
        return origin;
    }

    Sampling sampling() {
        return sampling;
    }

    /** Tokens of the prompt and of the answer so far. */
    int length() {
        return length;
    }

    /** Of these, how many are in the KV cache. */
    int cached() {
        return cached;
    }

    int uncached() {
        return length - cached;
    }

    int[] tokens() {
        return tokens;
    }

    /** How many tokens the answer has so far. */
    int answered() {
        return length - promptLength;
    }

    /** The answer's tokens so far. */
    int[] said() {
        return Arrays.copyOfRange(tokens, promptLength, length);
    }

    /** How many of its first tokens are those of another one. */
    int alike(Sequence other) {
        int most = Math.min(length, other.length);
        int differs = Arrays.mismatch(tokens, 0, most, other.tokens, 0, most);
        return differs < 0 ? most : differs;
    }

    /** Whether another one of its space, of which {@code there} tokens can be had already, can share enough more with it. */
    boolean brings(Sequence other, int there) {
        return origin.space().equals(other.space()) && alike(other) >= there + KvTree.LEAST_SHARED;
    }

    /** Null while it has none. */
    SlotId slot() {
        return slot;
    }

    /** Its KV state in host memory, or null. */
    KvSnapshot snapshot() {
        return snapshot;
    }

    /** Exactly one token, the one sampled last, is not in the cache yet: the next step decodes it. */
    boolean decoding() {
        return cached == length - 1 && length > promptLength;
    }

    /** Its prompt can go on in the next step: it doesn't wait to be read from the disk. */
    boolean prefilling() {
        return !decoding() && awaited == null;
    }

    int lastToken() {
        return tokens[length - 1];
    }

    /** The next {@code most} tokens that are not in the cache. */
    int[] uncached(int most) {
        return Arrays.copyOfRange(tokens, cached, Math.min(length, cached + most));
    }

    /** The step that is being planned puts this many of its tokens through the model. */
    void plan(int tokensInStep) {
        planned = tokensInStep;
    }

    void place(SlotId free) {
        slot = free;
    }

    /** The slot begins with its first {@code count} tokens, which nobody had to compute. */
    void found(int count) {
        cached = count;
        hits = choice == 0 && !placedBefore ? count : 0;
    }

    /** What its slot waits for, or null. */
    DiskLoads.Awaited awaited() {
        return awaited;
    }

    void await(DiskLoads.Awaited state) {
        awaited = state;
    }

    /** What its slot was filled from, or null. */
    Match restored() {
        return restored;
    }

    void restored(Match match) {
        restored = match;
    }

    /** The disk was no help: it is not asked again. */
    void unlucky() {
        unlucky = true;
    }

    boolean isUnlucky() {
        return unlucky;
    }

    /** Nothing of it shall outlive it. */
    void forget() {
        forgotten = true;
    }

    boolean isForgotten() {
        return forgotten;
    }

    int planned() {
        return planned;
    }

    /** The planned tokens are in the cache now, and so is what was found; answers how many they were. */
    int advance() {
        if (hits > 0) {
            answer.cached(hits);
            hits = 0;
        }
        cached += planned;
        return planned;
    }

    void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(16, length * 2));
        }
        tokens[length++] = token;
    }

    void saved(KvSnapshot state) {
        snapshot = state;
    }

    /** Nothing of it is in any slot now; it goes on from its snapshot, or is computed again from its tokens. */
    void displaced() {
        slot = null;
        cached = 0;
        hits = 0;
        awaited = null;
        restored = null;
        placedBefore = true;
    }

    /** Its engine was lost under it; answers how often that has happened. */
    int lost() {
        displaced();
        return ++replays;
    }
}
