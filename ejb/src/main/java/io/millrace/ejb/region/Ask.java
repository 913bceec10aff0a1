package io.millrace.ejb.region;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.ejb.lane.Lane;
import java.util.List;

/**
 * What a region is asked for. Immutable.
 *
 * @param model     as the client calls it; null or empty: the region's default one
 * @param begun     beginning of the answer that the client gave; empty: none
 * @param samplings how each choice's tokens are chosen
 * @param maxTokens most tokens of each choice; 0: no limit is sent
 * @param json      whether each choice must be one JSON object
 * @param user      a pseudonym, or null
 * @param tenant    who shares lanes equally with others
 * @param space     within which prompts may share their beginnings
 * @param work      what serving one choice will probably cost, tokens
 * @param deadlineNanos until when it must have begun
 */
public record Ask(String model, Prompt prompt, String begun, List<Sampling> samplings, int maxTokens, List<String> stop, boolean json,
                  String user, Lane lane, String tenant, String space, int work, long deadlineNanos) {

    public Ask {
        samplings = List.copyOf(samplings);
        stop = List.copyOf(stop);
    }

    /** The same with a bound on its answers. */
    public Ask atMost(int tokens) {
        return new Ask(model, prompt, begun, samplings, tokens, stop, json, user, lane, tenant, space, work, deadlineNanos);
    }

    /**
     * What is asked of a server.
     *
     * @param said       of the choice, by others
     * @param serverName what the server calls the model
     */
    RemoteCall call(int choice, Said said, String serverName, Dialect dialect) {
        int left = maxTokens == 0 ? 0 : Math.max(1, maxTokens - said.tokens());
        // a grammar begins at the answer's beginning: only who knows the tokens can take it up in the middle
        boolean grammar = said.all().isEmpty() || dialect == Dialect.MILLRACE;
        Sampling sampling = samplings.get(choice);
        return new RemoteCall(serverName, prompt, grammar ? sampling : sampling.with(null), left, stop, said.all(), said.tokenIds(),
                said.isEmpty() ? "" : said.thoughts().all(), user, json && grammar);
    }

    /** A hash that calls of one conversation share: its owner and how it began. */
    long conversation() {
        long hash = space.hashCode();
        switch (prompt) {
            case Prompt.Chat chat -> {
                for (var turn : chat.turns().subList(0, Math.min(2, chat.turns().size()))) {
                    hash = 31 * hash + turn.content().hashCode();
                }
            }
            case Prompt.Text text -> hash = 31 * hash + text.text().substring(0, Math.min(512, text.text().length())).hashCode();
            case Prompt.Tokens tokens -> hash = 31 * hash + java.util.Arrays.hashCode(java.util.Arrays.copyOf(tokens.tokens(),
                    Math.min(128, tokens.tokens().length)));
        }
        return hash;
    }
}
