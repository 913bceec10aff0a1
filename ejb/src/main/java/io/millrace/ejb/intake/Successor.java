package io.millrace.ejb.intake;

import io.millrace.connector.engine.EngineException;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.batch.Sequence;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.Seen;
import io.millrace.ejb.model.Engines;
import io.millrace.ejb.region.Errand;
import io.millrace.ejb.resume.Legacy;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Goes on with answers that were begun by somebody who can't any more: a region elsewhere, or a node that is gone. Thread-safe. */
final class Successor {

    private static final Logger LOG = Logger.getLogger(Successor.class.getName());

    private final Engines engines;

    Successor(Engines engines) {
        this.engines = engines;
    }

    /** Keys share the lanes equally; prompts are shared only between calls of one key for one user. */
    static Origin origin(GenerationRequest request) {
        String key = request.caller().keyId();
        return new Origin(key, request.user() == null ? key : key + "/" + request.user(),
                request.conversation() == null ? null : request.conversation().nameOf(key));
    }

    /**
     * Has each choice go on that a node has left open, in a region or by the engine in this process.
     *
     * @param seen what its client has
     * @return false when nobody can go on; then nothing has begun
     */
    boolean goOn(GenerationRequest request, Errand errand, Legacy legacy, Seen seen, int maxTokens) {
        Answer answer = errand.answer();
        for (int choice = 0; choice < legacy.said().size(); choice++) {
            Legacy.Said said = legacy.said().get(choice);
            answer.inherit(choice, said.text(), said.tokens(), said.done());
        }
        boolean any = false;
        for (int choice = 0; choice < legacy.said().size(); choice++) {
            Legacy.Said said = legacy.said().get(choice);
            if (said.done() == null && said.tokens() >= maxTokens) {
                any = true;
                answer.complete(choice, FinishReason.LENGTH);
            } else if (said.done() == null) {
                errand.left(legacy.node(), choice);
                answer.thoughts(choice).after(said.reasoning(), Math.max(0, seen.reasoned(choice) - said.reasoning().length()));
                if (!goOn(request, errand, choice, said)) {
                    if (any) {
                        errand.cancel();
                    }
                    return false;
                }
                any = true;
            }
        }
        return true;
    }

    private boolean goOn(GenerationRequest request, Errand errand, int choice, Legacy.Said said) {
        // where a stop string may have begun, the tokens go further than the text
        int[] ids = request.stop().isEmpty() ? said.ids() : null;
        return errand.takeUp(choice, said.text(), ids, said.tokens())
                || takeOver(request, errand, choice, said.text(), said.ids());
    }

    /**
     * The engine in this process goes on with a choice.
     *
     * @param ids null where they aren't known
     */
    boolean takeOver(GenerationRequest request, Errand errand, int choice, String said, int[] ids) {
        Optional<BatchLoop> serving = engines.serving(request.model());
        if (serving.isEmpty()) {
            return false;
        }
        BatchLoop loop = serving.get();
        Answer answer = errand.answer();
        try {
            int most = loop.model().slotTokens() - 1;
            int[] prompt = PromptTokens.of(request.prompt(), loop.tokenizer(), most);
            int[] tokens = SaidTokens.of(said, answer.thoughts(choice).all(), ids, loop.tokenizer(), loop.model().vocabulary(),
                    () -> answer.tags(choice, loop.tokenizer()));
            if (prompt.length == 0 || prompt.length + tokens.length > most) {
                return false;
            }
            Sequence sequence = new Sequence(answer, choice, request.lane(), origin(request), Seeds.forChoice(request.sampling(), choice),
                    prompt, loop.expectedAnswer(request.lane())).after(tokens);
            if (!loop.takesMore()) {
                return false;
            }
            answer.use(choice, loop.tokenizer(), prompt.length, tokens);
            if (!loop.goOn(sequence)) {
                answer.leave(choice);
                return false;
            }
            errand.local(choice);
            return true;
        } catch (EngineException e) {
            LOG.log(Level.WARNING, "The engine in this process can''t go on with a call: {0}", e.getMessage());
            return false;
        }
    }
}
